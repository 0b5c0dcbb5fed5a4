#include "governance/numbers.hpp"

#include <algorithm>
#include <array>

#include "governance/checksum.hpp"

namespace kuramori::governance {

namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool is_alphanumeric(char c) {
  return is_digit(c) || is_letter(c);
}
bool is_hexadecimal(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Letters that people put in place of digits.
constexpr bool poses_as_digit(char c) {
  return c == 'O' || c == 'o' || c == 'I' || c == 'l' || c == '|';
}
char as_digit(char c) {
  if (c == 'O' || c == 'o') return '0';
  return poses_as_digit(c) ? '1' : c;
}

constexpr bool is_blank(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '_';
}
constexpr bool is_line_break(char c) {
  return c == '\n' || c == '\r' || c == '\t';
}
constexpr bool is_separator(char c) {
  return is_blank(c) || is_line_break(c);
}

constexpr std::size_t kSeparatorsMax = 3;
constexpr std::size_t kDigitsMax = 19;

// A group of digits without separators. Groups that stand close together form a run.
struct Group {
  std::uint32_t begin;
  std::uint32_t end;
  bool joined = false;            // to the group before
  bool after_line_break = false;  // joined across one
};

// A digit next to a word of hexadecimal letters alone is part of a hash or an UUID, not of a card number.
bool touches_hexadecimal(std::string_view text, std::size_t position, int step) {
  bool any = false;
  for (auto i = static_cast<std::ptrdiff_t>(position); i >= 0 && i < std::ssize(text); i += step) {
    const char c = text[static_cast<std::size_t>(i)];
    if (!is_letter(c)) break;
    if (!is_hexadecimal(c)) return false;
    any = true;
  }
  return any;
}
bool is_clear_before(std::string_view text, std::uint32_t begin) {
  return begin == 0 || !touches_hexadecimal(text, begin - 1, -1);
}
bool is_clear_after(std::string_view text, std::uint32_t end) {
  return !touches_hexadecimal(text, end, 1);
}

class Grouping {
 public:
  explicit Grouping(std::string_view text) : text_(text) {}

  std::vector<Group> groups() && {
    for (std::size_t i = 0; i < text_.size();) {
      if (!is_digit(text_[i]) && !poses_as_digit(text_[i])) {
        ++i;
        continue;
      }
      std::size_t end = i;
      std::size_t real = 0;
      while (end < text_.size() && (is_digit(text_[end]) || poses_as_digit(text_[end]))) {
        real += is_digit(text_[end++]) ? 1 : 0;
      }
      add_word(i, end, real);
      i = end;
    }
    return std::move(groups_);
  }

 private:
  // Posing letters count when they stand among at least as many digits and not inside a word.
  void add_word(std::size_t begin, std::size_t end, std::size_t real) {
    const bool in_word =
        (begin > 0 && is_letter(text_[begin - 1])) || (end < text_.size() && is_letter(text_[end]));
    if (real == end - begin || (!in_word && real * 2 >= end - begin)) return add(begin, end);
    for (std::size_t i = begin; i < end;) {
      if (!is_digit(text_[i])) {
        ++i;
        continue;
      }
      const std::size_t first = i;
      while (i < end && is_digit(text_[i])) ++i;
      add(first, i);
    }
  }

  void add(std::size_t begin, std::size_t end) {
    Group group{.begin = static_cast<std::uint32_t>(begin), .end = static_cast<std::uint32_t>(end)};
    if (!groups_.empty()) {
      const auto between = text_.substr(groups_.back().end, begin - groups_.back().end);
      group.joined =
          !between.empty() && between.size() <= kSeparatorsMax && std::ranges::all_of(between, is_separator);
      group.after_line_break = group.joined && std::ranges::any_of(between, is_line_break);
    }
    groups_.push_back(group);
  }

  std::string_view text_;
  std::vector<Group> groups_;
};

class NumberSearch {
 public:
  NumberSearch(std::string_view text, NumberKinds wanted, std::size_t matches_max,
               std::vector<NumberMatch>& out)
      : text_(text), wanted_(wanted), matches_max_(matches_max), out_(out) {}

  // Every window of whole groups with a length that some number has.
  void search_groups() {
    const std::vector<Group> groups = Grouping(text_).groups();
    for (std::size_t first = 0; first < groups.size(); ++first) {
      std::string digits;
      bool broken = false;
      for (std::size_t last = first; last < groups.size(); ++last) {
        const Group& group = groups[last];
        if (last > first && !group.joined) break;
        if (digits.size() + (group.end - group.begin) > kDigitsMax) break;
        broken = broken || (last > first && group.after_line_break);
        for (std::uint32_t i = group.begin; i < group.end; ++i) digits.push_back(as_digit(text_[i]));
        // Columns of figures are no numbers: one that is broken over lines must stand alone.
        const bool alone = !groups[first].joined && (last + 1 == groups.size() || !groups[last + 1].joined);
        if (digits.size() >= 12 && (!broken || alone)) check(digits, groups[first].begin, group.end, alone);
        if (out_.size() >= matches_max_) return;
      }
    }
  }

  // One or two letters, six digits and the check digit, often in brackets.
  void search_hk_identities() {
    for (std::size_t i = 0; i < text_.size() && out_.size() < matches_max_;) {
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
    out_.push_back(
        {kind, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), std::move(digits)});
  }

  void check(const std::string& digits, std::uint32_t begin, std::uint32_t end, bool alone) {
    if (wants(NumberKind::PrcResidentIdentity)) check_prc(digits, begin, end);
    if (!is_clear_before(text_, begin) || !is_clear_after(text_, end)) return;
    if (wants(NumberKind::PaymentCard) && is_payment_card(digits))
      add(NumberKind::PaymentCard, begin, end, digits);
    // Its checksum is weak: only as it is printed, and not within a longer number.
    const bool printed = end - begin == 12 || end - begin == 14;
    if (wants(NumberKind::JpIndividualNumber) && alone && printed && is_jp_individual_number(digits)) {
      add(NumberKind::JpIndividualNumber, begin, end, digits);
    }
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
    std::string number;
    for (std::size_t i = begin; i < after_letters; ++i) number.push_back(upper(text_[i]));
    std::size_t position = skip_blanks(after_letters, 2);
    const bool apart = position != after_letters;
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
  std::vector<NumberMatch>& out_;
};

}  // namespace

NumberKinds possible_numbers(std::string_view text) {
  enum Kind : std::uint8_t { Other, Separator, Digit };
  static constexpr auto kKinds = [] {
    std::array<Kind, 256> kinds{};
    for (unsigned octet = 0; octet < kinds.size(); ++octet) {
      const char c = static_cast<char>(octet);
      kinds[octet] = is_digit(c) || poses_as_digit(c) ? Digit : is_separator(c) ? Separator : Other;
    }
    return kinds;
  }();
  std::size_t digits = 0;
  std::size_t separators = 0;
  std::size_t longest = 0;
  for (const char c : text) {
    const Kind kind = kKinds[static_cast<unsigned char>(c)];
    if (kind == Digit) {
      longest = std::max(longest, ++digits);
      separators = 0;
    } else if (kind == Other || ++separators > kSeparatorsMax) {
      digits = 0;
    }
  }
  NumberKinds kinds = 0;
  if (longest >= 6) kinds |= bit(NumberKind::HkIdentity);
  if (longest >= 12) kinds |= bit(NumberKind::JpIndividualNumber);
  if (longest >= 13) kinds |= bit(NumberKind::PaymentCard);
  if (longest >= 17) kinds |= bit(NumberKind::PrcResidentIdentity);
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

}  // namespace kuramori::governance
