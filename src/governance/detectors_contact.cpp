// Phone numbers by the numbering plans, and e-mail addresses.
#include <algorithm>
#include <string>

#include "governance/candidates.hpp"

namespace kuramori::governance {

namespace {

using enum Detector;

// Country codes of ITU-T E.164: one digit, two, or three. The first two digits decide.
std::size_t country_code_length(std::string_view digits) {
  if (digits.size() < 3) return 0;
  const char first = digits[0];
  const char second = digits[1];
  if (first == '1' || first == '7') return 1;
  constexpr auto kTwo = std::to_array<std::string_view>(
      {"20", "27", "28", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45",
       "46", "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62",
       "63", "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"});
  if (std::ranges::find(kTwo, digits.substr(0, 2)) != kTwo.end()) return 2;
  return first == '0' || (first == '8' && second == '3') ? 0 : 3;
}

bool is_hong_kong(std::string_view d) {
  return d.size() == 8 && std::string_view("2356789").contains(d[0]);
}
bool is_mainland_mobile(std::string_view d) {
  return d.size() == 11 && d[0] == '1' && d[1] >= '3';
}
bool is_japan_mobile(std::string_view d) {
  return d.size() == 11 && d[0] == '0' && std::string_view("789").contains(d[1]) && d[2] == '0';
}
bool is_taiwan_mobile(std::string_view d) {
  return d.size() == 10 && d.starts_with("09");
}

// After a plus sign.
bool is_international(std::string_view digits) {
  const std::size_t code = country_code_length(digits);
  if (code == 0) return false;
  const std::string_view country = digits.substr(0, code);
  std::string_view national = digits.substr(code);
  if (country == "852" || country == "853") return national.size() == 8;
  if (country == "886") return national.size() == 8 || national.size() == 9 || is_taiwan_mobile(national);
  if (country == "86") return is_mainland_mobile(national) || (national.size() >= 9 && national.size() <= 12);
  if (country == "81") return national.size() >= 9 && national.size() <= 11;
  if (country == "1") return national.size() == 10 && national[0] >= '2';
  if (country == "44") return national.size() >= 9 && national.size() <= 11;
  return national.size() >= 6 && digits.size() <= 15;
}

struct Shape {
  bool found = false;
  Confidence confidence = Confidence::Low;
};

// Numbers as they are dialled inside a country.
Shape national(const DigitWindow& w) {
  const std::string_view d = w.digits();
  const bool plain = w.groups == 1;
  const bool dashed = w.joint == '-' || w.bracketed;
  if (is_mainland_mobile(d) && (plain || w.has_sizes({3, 4, 4}))) return {true, Confidence::Medium};
  if (is_japan_mobile(d) && (plain || w.has_sizes({3, 4, 4}))) return {true, Confidence::Medium};
  if (is_taiwan_mobile(d) && (plain || w.has_sizes({4, 3, 3}) || w.has_sizes({4, 6}))) {
    return {true, Confidence::Medium};
  }
  if (is_hong_kong(d)) {
    if (w.has_sizes({4, 4})) return {true, Confidence::Low};
    if (plain) return {true, Confidence::Low};
  }
  // Land lines: an area code that begins with 0, set off from the rest.
  if (d[0] == '0' && !plain && w.groups <= 3 && w.sizes[0] >= 2 && w.sizes[0] <= 5) {
    const bool japan = d.size() == 10 && w.groups == 3 && w.sizes[2] == 4 && d[1] != '0';
    const bool taiwan = (d.size() == 9 || d.size() == 10) && w.sizes[0] <= 3 && d[1] >= '2' && d[1] <= '8';
    const bool mainland = w.groups == 2 && (w.sizes[0] == 3 || w.sizes[0] == 4) &&
                          (w.sizes[1] == 7 || w.sizes[1] == 8) && d[1] != '0';
    if (japan || taiwan || mainland) return {true, dashed ? Confidence::Medium : Confidence::Low};
  }
  return {};
}

bool bracket_or_plus_before(std::string_view text, std::size_t begin, bool& plus) {
  std::size_t i = begin;
  while (i > 0 && begin - i < 2 && (text[i - 1] == '(' || text[i - 1] == ' ')) --i;
  plus = i > 0 && text[i - 1] == '+';
  return plus || i != begin;
}

// Between digits of dates and addresses of the Internet.
bool is_dotted(const DigitWindow& w) {
  return w.joint == '.' || w.joint == '_';
}

void find_phones(const InspectedText& inspected, Candidates& out) {
  const std::string_view text = inspected.text;
  for_each_window(text, inspected.groups, 8, [&](const DigitWindow& window) {
    if (!window.separate || is_dotted(window) || window.count > 15) return;
    bool plus = false;
    bracket_or_plus_before(text, window.begin, plus);
    Shape shape = national(window);
    std::string_view digits = window.digits();
    if (plus) {
      shape = {is_international(digits), Confidence::Medium};
      if (shape.found && window.groups > 1) shape.confidence = Confidence::High;
    }
    if (!shape.found) return;
    const std::uint32_t begin =
        plus ? static_cast<std::uint32_t>(text.rfind('+', window.begin)) : window.begin;
    out.add(PhoneNumber, shape.confidence, bit(Reason::Form), {begin, window.end}, digits);
  });
}

constexpr bool is_local_octet(char c) {
  return is_alphanumeric(c) || std::string_view("._%+-'&~").contains(c);
}

// What follows an '@' in names of files and packages, and never ends the name of a host.
bool is_file_ending(std::string_view label) {
  constexpr auto kEndings =
      std::to_array<std::string_view>({"css", "gif", "html", "jpeg", "jpg", "js", "json", "mp3", "mp4", "pdf",
                                       "png", "svg", "ts", "txt", "webp", "xml", "yaml", "yml"});
  return std::ranges::find_if(kEndings, [&](std::string_view ending) {
           return label.size() == ending.size() &&
                  std::ranges::equal(label, ending, [](char a, char b) { return lower(a) == b; });
         }) != kEndings.end();
}

// The end of the host that begins at `begin`; `begin` when it is none.
std::size_t host_end(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && end - begin < 253 &&
         (is_alphanumeric(text[end]) || text[end] == '-' || text[end] == '.')) {
    ++end;
  }
  while (end > begin && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
  const std::string_view host = text.substr(begin, end - begin);
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || host.contains("..") || !is_alphanumeric(host[0]))
    return begin;
  const std::string_view top = host.substr(dot + 1);
  if (top.size() < 2 || top.size() > 24 || !std::ranges::all_of(top, is_letter) || is_file_ending(top))
    return begin;
  return end;
}

void find_mail_addresses(std::string_view text, Candidates& out) {
  for (auto sign = text.find('@'); sign != std::string_view::npos; sign = text.find('@', sign + 1)) {
    std::size_t begin = sign;
    while (begin > 0 && sign - begin < 64 && is_local_octet(text[begin - 1])) --begin;
    while (begin < sign && !is_alphanumeric(text[begin])) ++begin;
    if (begin == sign || text[sign - 1] == '.') continue;
    const std::size_t end = host_end(text, sign + 1);
    if (end == sign + 1) continue;
    std::string address(text.substr(begin, end - begin));
    std::ranges::transform(address, address.begin(), lower);
    // "git@host:path" and "user:password@host" are addresses of programs.
    const bool program =
        (begin > 0 && (text[begin - 1] == ':' || text[begin - 1] == '/')) ||
        (end < text.size() && text[end] == ':' && end + 1 < text.size() && text[end + 1] != ' ') ||
        address.starts_with("git@");
    const bool mailto = begin >= 7 && text.substr(begin - 7, 7) == "mailto:";
    out.add(EmailAddress, program && !mailto ? Confidence::Low : Confidence::High, bit(Reason::Form),
            {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}, address);
  }
}

}  // namespace

void find_contacts(const InspectedText& inspected, Candidates& out) {
  if (inspected.shape.digits >= 8 && out.wants(PhoneNumber)) find_phones(inspected, out);
  if (inspected.shape.at_sign && out.wants(EmailAddress)) find_mail_addresses(inspected.text, out);
}

}  // namespace kuramori::governance
