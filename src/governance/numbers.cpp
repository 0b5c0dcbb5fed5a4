#include "governance/numbers.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "governance/characters.hpp"
#include "governance/checksum.hpp"
#include "governance/digit_groups.hpp"

namespace kuramori::governance {

namespace {

// A number that is broken by odd marks or pictures must be written regularly: "4*1*1*1",
// "4111/1111/1111/1111".
bool is_regular(std::string_view text, std::span<const DigitGroup> window, bool alone) {
  const auto between = [&](std::size_t i) {
    return text.substr(window[i - 1].end, window[i].begin - window[i - 1].end);
  };
  bool singles = true;
  bool fours = window.back().size() <= 4;
  bool same = true;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < window.size(); ++i) {
    digits += window[i].size();
    singles = singles && window[i].size() == 1;
    fours = fours && (window[i].size() == 4 || i + 1 == window.size());
    same = same && (i == 0 || between(i) == between(1));
  }
  // Pictures may differ from one another.
  const bool pictures = static_cast<unsigned char>(between(1).front()) >= 0x80;
  return ((same || pictures) && (singles || fours)) || (alone && digits >= 17);
}

class NumberSearch {
 public:
  NumberSearch(std::string_view text, NumberKinds wanted, std::size_t matches_max,
               std::vector<NumberMatch>& out)
      : text_(text), wanted_(wanted), matches_max_(matches_max), out_(out) {}

  // Every window of whole groups with a length that some number has.
  void search_groups() {
    thread_local std::vector<DigitGroup> groups;
    find_digit_groups(text_, groups);
    for (std::size_t first = 0; first < groups.size(); ++first) {
      std::string digits;
      bool broken = false;
      bool odd = false;
      for (std::size_t last = first; last < groups.size(); ++last) {
        const DigitGroup& group = groups[last];
        if (last > first && group.joint == Joint::None) break;
        odd = odd || (last > first && !group.joined());
        if (digits.size() + (group.end - group.begin) > kDigitsMax) break;
        broken = broken || (last > first && group.after_line_break);
        for (std::uint32_t i = group.begin; i < group.end; ++i) digits.push_back(as_digit(text_[i]));
        // Columns of figures are no numbers: one that is broken over lines must stand alone.
        const bool alone =
            !groups[first].joined() && (last + 1 == groups.size() || !groups[last + 1].joined());
        const bool regular =
            !odd || is_regular(text_, std::span(groups).subspan(first, last - first + 1), alone);
        if (digits.size() >= 12 && regular && (!broken || alone))
          check(digits, groups[first].begin, group.end, alone);
      }
    }
  }

  // One or two letters, six digits and the check digit, often in brackets.
  void search_hk_identities() {
    for (std::size_t i = 0; i < text_.size();) {
      if (!is_letter(text_[i])) {
        ++i;
        continue;
      }
      const std::size_t begin = i;
      while (i < text_.size() && is_letter(text_[i])) ++i;
      const std::size_t letters = i - begin;
      const bool stands_alone = begin == 0 || !is_alphanumeric(text_[begin - 1]);
      if (letters <= 2) {
        check_hk_identity(begin, i, !stands_alone);
      } else {
        // "HKID" written onto the number: only with the brackets that nothing else has.
        check_hk_identity(i - 1, i, true);
        check_hk_identity(i - 2, i, true);
      }
      // "Al23456(3)": the last letter stands for the first digit.
      if (letters >= 2 && letters <= 3 && stands_alone && poses_as_digit(text_[i - 1])) {
        check_hk_identity(begin, i - 1, false);
      }
    }
  }

 private:
  bool wants(NumberKind kind) const { return (wanted_ & bit(kind)) != 0; }
  void add(NumberKind kind, std::size_t begin, std::size_t end, std::string digits) {
    if (++found_[static_cast<std::size_t>(kind)] > matches_max_) return;
    out_.push_back(
        {kind, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), std::move(digits)});
  }

  void check(const std::string& digits, std::uint32_t begin, std::uint32_t end, bool alone) {
    if (wants(NumberKind::PrcResidentIdentity)) check_prc(digits, begin, end);
    if (!is_clear_before(text_, begin) || !is_clear_after(text_, end)) return;
    if (wants(NumberKind::PaymentCard) && is_payment_card(digits))
      add(NumberKind::PaymentCard, begin, end, digits);
    // Its checksum is weak: only as it is printed, and not within a longer number or code.
    if (wants(NumberKind::JpIndividualNumber) && alone && is_printed_in_fours(begin, end) &&
        is_jp_individual_number(digits)) {
      add(NumberKind::JpIndividualNumber, begin, end, digits);
    }
  }

  bool is_printed_in_fours(std::uint32_t begin, std::uint32_t end) const {
    const bool plain = end - begin == 12;
    const bool fours = end - begin == 14 && is_separator(text_[begin + 4]) && is_separator(text_[begin + 9]);
    if (!plain && !fours) return false;
    const bool code_before = begin >= 2 && text_[begin - 1] == '-' && is_alphanumeric(text_[begin - 2]);
    return !code_before && !(at(end) == '-' && is_alphanumeric(at(end + 1)));
  }

  void check_prc(const std::string& digits, std::uint32_t begin, std::uint32_t end) {
    if (digits.size() == 18 && is_prc_resident_identity(digits)) {
      add(NumberKind::PrcResidentIdentity, begin, end, digits);
    }
    if (digits.size() != 17) return;
    std::size_t at = end;
    while (at < text_.size() && at - end < kSeparatorsMax && is_blank(text_[at])) ++at;
    if (at >= text_.size() || upper(text_[at]) != 'X') return;
    if (at + 1 < text_.size() && is_alphanumeric(text_[at + 1])) return;
    if (is_prc_resident_identity(digits + "X"))
      add(NumberKind::PrcResidentIdentity, begin, at + 1, digits + "X");
  }

  std::size_t skip_blanks(std::size_t at, std::size_t at_most) const {
    for (std::size_t n = 0; n < at_most && at < text_.size() && is_blank(text_[at]); ++n) ++at;
    return at;
  }
  char at(std::size_t position) const { return position < text_.size() ? text_[position] : '\0'; }

  void check_hk_identity(std::size_t begin, std::size_t after_letters, bool brackets_required) {
    std::size_t position = skip_blanks(after_letters, 2);
    if (!is_digit(at(position)) && !poses_as_digit(at(position))) return;
    const bool apart = position != after_letters;
    std::string number;
    for (std::size_t i = begin; i < after_letters; ++i) number.push_back(upper(text_[i]));
    for (int n = 0; n < 6; ++n) {
      if (n > 0) position = skip_blanks(position, 2);
      const char c = at(position);
      if (!is_digit(c) && !poses_as_digit(c)) return;
      number.push_back(as_digit(c));
      ++position;
    }
    const std::size_t after_digits = position;
    position = skip_blanks(position, 2);
    const bool bracket = at(position) == '(' || at(position) == '[';
    if (bracket) position = skip_blanks(position + 1, 1);
    const char check = upper(at(position));
    if (!is_digit(check) && check != 'A') return;
    if (bracket) {
      const std::size_t close = skip_blanks(position + 1, 1);
      if (at(close) != ')' && at(close) != ']') return;
      position = close;
    } else {
      if (brackets_required || !ends_plainly(position + 1)) return;
      // "a 123456 3", "A123456 a": ordinary words beside a number.
      if (apart && text_[begin] != upper(text_[begin])) return;
      if (check == 'A' && position != after_digits) return;
    }
    number.push_back(check);
    if (is_hk_identity(number)) add(NumberKind::HkIdentity, begin, position + 1, std::move(number));
  }

  // Not followed by more of a longer code, nor the first field of an UUID.
  bool ends_plainly(std::size_t end) const {
    if (is_alphanumeric(at(end))) return false;
    if ((at(end) == '-' || at(end) == '.') && is_digit(at(end + 1))) return false;
    if (at(end) != '-' || at(end + 5) != '-') return true;
    return !std::ranges::all_of(text_.substr(end + 1, 4), is_hexadecimal);
  }

  std::string_view text_;
  NumberKinds wanted_;
  std::size_t matches_max_;
  std::array<std::size_t, kNumberKinds> found_{};  // many of one kind must not hide another
  std::vector<NumberMatch>& out_;
};

}  // namespace

NumberKinds possible_numbers(const TextShape& shape) {
  NumberKinds kinds = 0;
  if (shape.digits >= 6) kinds |= bit(NumberKind::HkIdentity);
  if (shape.digits >= 12) kinds |= bit(NumberKind::JpIndividualNumber);
  if (shape.digits >= 13) kinds |= bit(NumberKind::PaymentCard);
  if (shape.digits >= 17) kinds |= bit(NumberKind::PrcResidentIdentity);
  return kinds;
}

void find_numbers(std::string_view text, NumberKinds wanted, std::size_t matches_max,
                  std::vector<NumberMatch>& out) {
  wanted &= possible_numbers(text);
  if (wanted == 0) return;
  NumberSearch search(text, wanted, matches_max, out);
  if ((wanted & bit(NumberKind::HkIdentity)) != 0) search.search_hk_identities();
  if ((wanted & ~bit(NumberKind::HkIdentity)) != 0) search.search_groups();
}

bool may_end_number(std::string_view text) {
  // Of "AB123456(7)" this message may begin with either letter.
  constexpr std::size_t kLettersMax = 2;
  const auto is_of_number = [](char c) { return poses_as_digit(c) || upper(c) == 'A' || upper(c) == 'X'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    // Digits of any script count, so any character that is not ASCII might be one. A bracket may close a
    // number.
    const bool may_belong = is_digit(text[i]) || static_cast<unsigned char>(text[i]) >= 0x80;
    if (may_belong || text[i] == ')' || text[i] == ']') return true;
    if (!is_letter(text[i])) continue;
    const std::size_t begin = i;
    while (i < text.size() && is_letter(text[i])) ++i;
    return i - begin <= kLettersMax || std::ranges::all_of(text.substr(begin, i - begin), is_of_number);
  }
  return false;
}

bool is_numbering(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::string_view kGlue = "-/.,:";
  constexpr std::size_t kGroupMin = 3;  // 4111-1111-…, 3714-496353-98431
  if (begin > 0 && kGlue.contains(text[begin - 1])) return true;
  if (end < text.size() && kGlue.contains(text[end])) return true;
  std::size_t digits = 0;
  bool has_short_group = false;
  bool is_divided = false;
  for (const char c : text.substr(begin, end - begin)) {
    if (is_digit(c)) ++digits;
    if (!kGlue.contains(c)) continue;
    is_divided = true;
    has_short_group = has_short_group || digits < kGroupMin;
    digits = 0;
  }
  return is_divided && (has_short_group || digits < kGroupMin);
}

}  // namespace kuramori::governance
