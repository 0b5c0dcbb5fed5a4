#include "governance/digit_groups.hpp"

#include <algorithm>

namespace kuramori::governance {

namespace {

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

// Pictures and signs, in UTF-8: U+2190 to U+2BFF and U+1F000 to U+1FFFF. The length, or 0.
std::size_t picture_at(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.size() >= 4 && octet(0) == 0xF0 && octet(1) == 0x9F) return 4;
  if (text.size() < 3 || octet(0) != 0xE2) return 0;
  return octet(1) >= 0x86 && octet(1) <= 0xAF ? 3 : 0;
}

Joint joint_of(std::string_view between) {
  if (between.empty()) return Joint::None;
  Joint joint = Joint::Plain;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < between.size();) {
    if (++characters > kSeparatorsMax) return Joint::None;
    const char c = between[i];
    if (is_separator(c)) {
      ++i;
    } else if (c == '(' || c == ')') {
      joint = std::max(joint, Joint::Bracket);
      ++i;
    } else if (is_odd_separator(c)) {
      joint = Joint::Odd;
      ++i;
    } else if (const std::size_t length = picture_at(between.substr(i)); length > 0) {
      joint = Joint::Odd;
      i += length;
    } else {
      return Joint::None;
    }
  }
  return joint;
}

class Grouping {
 public:
  Grouping(std::string_view text, std::vector<DigitGroup>& groups) : text_(text), groups_(groups) {}

  void run() {
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
    DigitGroup group{.begin = static_cast<std::uint32_t>(begin), .end = static_cast<std::uint32_t>(end)};
    if (!groups_.empty()) {
      const auto between = text_.substr(groups_.back().end, begin - groups_.back().end);
      group.joint = between.size() > kSeparatorsMax * 4 ? Joint::None : joint_of(between);
      group.after_line_break = group.joined() && std::ranges::any_of(between, is_line_break);
    }
    groups_.push_back(group);
  }

  std::string_view text_;
  std::vector<DigitGroup>& groups_;
};

bool joins_windows(const DigitGroup& group) {
  return group.joint == Joint::Plain || group.joint == Joint::Bracket;
}

class Windows {
 public:
  Windows(std::string_view text, const std::vector<DigitGroup>& groups) : text_(text), groups_(groups) {}

  // Adds group `last`; false when the window cannot take it.
  bool extend(DigitWindow& window, std::size_t first, std::size_t last) const {
    const DigitGroup& group = groups_[last];
    if (window.groups == DigitWindow::kGroupsMax || window.count + group.size() > kDigitsMax) return false;
    if (last == first) {
      window.begin = group.begin;
    } else {
      if (!joins_windows(group)) return false;
      const std::string_view between = between_groups(last);
      const char joint = between.size() == 1 ? between[0] : '?';
      window.joint = window.joint == 0 || window.joint == joint ? joint : '?';
      window.bracketed = window.bracketed || group.joint == Joint::Bracket;
    }
    for (std::uint32_t i = group.begin; i < group.end; ++i)
      window.octets[window.count++] = as_digit(text_[i]);
    window.sizes[window.groups++] = static_cast<std::uint8_t>(group.size());
    window.end = group.end;
    window.separate = separate_before(first, window) && separate_after(last, window);
    return true;
  }

 private:
  std::string_view between_groups(std::size_t second) const {
    return text_.substr(groups_[second - 1].end, groups_[second].begin - groups_[second - 1].end);
  }
  // A neighbour after a space is another number, unless spaces group this one, too.
  bool apart(std::size_t second, const DigitWindow& window) const {
    if (groups_[second].joint == Joint::None) return true;
    const std::string_view between = between_groups(second);
    if (std::ranges::any_of(between, is_line_break)) return true;
    if (groups_[second].joint == Joint::Odd)
      return between.front() == ',' || between.front() == ';' || between.contains(' ');
    return between.contains(' ') && window.joint != ' ' && window.joint != '?';
  }
  bool separate_before(std::size_t first, const DigitWindow& window) const {
    const std::uint32_t begin = window.begin;
    if (begin > 0 && (is_alphanumeric(text_[begin - 1]) || text_[begin - 1] == '_')) return false;
    return first == 0 || apart(first, window);
  }
  bool separate_after(std::size_t last, const DigitWindow& window) const {
    const std::uint32_t end = window.end;
    if (end < text_.size() && (is_alphanumeric(text_[end]) || text_[end] == '_')) return false;
    return last + 1 == groups_.size() || apart(last + 1, window);
  }

  std::string_view text_;
  const std::vector<DigitGroup>& groups_;
};

}  // namespace

bool is_clear_before(std::string_view text, std::uint32_t begin) {
  return begin == 0 || !touches_hexadecimal(text, begin - 1, -1);
}
bool is_clear_after(std::string_view text, std::uint32_t end) {
  return !touches_hexadecimal(text, end, 1);
}

void find_digit_groups(std::string_view text, std::vector<DigitGroup>& groups) {
  groups.clear();
  Grouping(text, groups).run();
}

bool DigitWindow::has_sizes(std::initializer_list<unsigned> wanted) const {
  return wanted.size() == groups && std::equal(wanted.begin(), wanted.end(), sizes.begin());
}

void for_each_window(std::string_view text, const std::vector<DigitGroup>& groups, std::uint32_t digits_min,
                     const std::function<void(const DigitWindow&)>& visit) {
  const Windows windows(text, groups);
  for (std::size_t first = 0; first < groups.size(); ++first) {
    DigitWindow window;
    for (std::size_t last = first; last < groups.size(); ++last) {
      if (!windows.extend(window, first, last)) break;
      if (window.count >= digits_min) visit(window);
    }
  }
}

}  // namespace kuramori::governance
