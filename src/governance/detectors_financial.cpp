// IBANs, bank accounts beside words for them, and amounts of money beside words for pay.
#include <algorithm>
#include <string>

#include "governance/candidates.hpp"
#include "governance/checksum.hpp"
#include "governance/context_words.hpp"

namespace kuramori::governance {

namespace {

using enum Detector;

char at(std::string_view text, std::size_t position) {
  return position < text.size() ? text[position] : '\0';
}

// "GB82 WEST 1234 5698 7654 32": two letters, two digits, and as much as the country prescribes.
void find_ibans(std::string_view text, Candidates& out) {
  for (std::size_t i = 0; i + 15 <= text.size(); ++i) {
    if (!is_letter(text[i]) || !is_letter(text[i + 1])) continue;
    std::size_t position = i + 2;
    while (position < i + 5 && is_blank(at(text, position))) ++position;
    if (!is_digit(at(text, position))) continue;
    if (i > 0 && is_alphanumeric(text[i - 1])) continue;
    const char country[2] = {upper(text[i]), upper(text[i + 1])};
    const std::size_t length = iban_length({country, 2});
    if (length == 0) continue;
    std::string iban(country, 2);
    while (iban.size() < length) {
      std::size_t blanks = 0;
      while (blanks < 3 && is_separator(at(text, position))) ++blanks, ++position;
      if (!is_alphanumeric(at(text, position))) break;
      iban.push_back(upper(text[position++]));
    }
    if (iban.size() != length || is_alphanumeric(at(text, position)) || !is_iban(iban)) continue;
    out.add(Iban, Confidence::High, bit(Reason::Checksum),
            {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(position)}, iban);
  }
}

void find_bank_accounts(const InspectedText& inspected, Candidates& out) {
  for_each_window(inspected.text, inspected.groups, 7, [&](const DigitWindow& window) {
    if (window.count > 17 || !window.separate || window.bracketed) return;
    if (window.groups > 1 && window.joint != '-' && window.joint != ' ') return;
    // The longest window is the number.
    out.add(BankAccount, Confidence::Low, 0, {window.begin, window.end}, window.digits());
  });
}

struct Amount {
  std::uint32_t begin;
  std::uint32_t end;
  bool marked;  // with a currency or a unit
  std::uint32_t digits;
};

constexpr auto kCurrencies = std::to_array<std::string_view>(
    {"$",      "¥",    "£",    "€",    "hkd", "usd",    "rmb",    "cny",  "jpy",  "twd",  "ntd",  "mop",
     "gbp",    "eur",  "hk$",  "us$",  "nt$", "人民币", "人民幣", "港币", "港幣", "港元", "台币", "台幣",
     "新台幣", "日元", "日圓", "美元", "円",  "圆",     "圓",     "元",   "块",   "塊"});
constexpr auto kUnits = std::to_array<std::string_view>(
    {"k",     "万",   "萬",    "千",         "円",        "元",       "块",      "塊",
     "蚊",    "圓",   " hkd",  " usd",       " rmb",      " cny",     " jpy",    " twd",
     "万円",  "萬元", "万元",  " per month", " per year", " a month", " a year", "/month",
     "/year", "/mo",  " p.a.", " dollars",   " yuan",     " yen"});

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() &&
         std::ranges::equal(text, lower_case, [](char a, char b) { return lower(a) == b; });
}

// "HK$45,000", "45000", "3.5万", "45k" from the digit at `begin`.
Amount amount_at(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  std::uint32_t digits = 0;
  while (end < text.size()) {
    const char c = text[end];
    const bool grouping = (c == ',' || c == '.') && is_digit(at(text, end + 1));
    if (!is_digit(c) && !grouping) break;
    digits += is_digit(c) ? 1 : 0;
    ++end;
  }
  Amount amount{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), false, digits};
  std::string_view before = text.substr(0, begin);
  while (before.ends_with(' ')) before.remove_suffix(1);
  amount.marked = std::ranges::any_of(kCurrencies, [&](std::string_view currency) {
    if (before.size() < currency.size()) return false;
    if (!equals_ignoring_case(before.substr(before.size() - currency.size()), currency)) return false;
    amount.begin = std::min(amount.begin, static_cast<std::uint32_t>(before.size() - currency.size()));
    return true;
  });
  for (const std::string_view unit : kUnits) {
    if (!equals_ignoring_case(text.substr(end, unit.size()), unit)) continue;
    if (is_letter(unit.back()) && is_alphanumeric(at(text, end + unit.size()))) continue;
    amount.marked = true;
    amount.end = std::max(amount.end, static_cast<std::uint32_t>(end + unit.size()));
  }
  return amount;
}

}  // namespace

void find_financial_numbers(const InspectedText& inspected, Candidates& out) {
  if (inspected.shape.digits >= 6 && out.wants(Iban)) find_ibans(inspected.text, out);
  if (inspected.shape.digits >= 7 && out.wants(BankAccount)) find_bank_accounts(inspected, out);
}

void find_salaries(const InspectedText& inspected, const WordMatches& words, Candidates& out) {
  constexpr std::size_t kReach = 90;  // octets after the word
  const std::string_view text = inspected.text;
  if (!inspected.shape.any_digit || !out.wants(Salary)) return;
  std::uint32_t done = 0;
  for (const auto& word : words) {
    if ((context_words()[word.term].topics & bit(Topic::Salary)) == 0) continue;
    const std::size_t limit = std::min<std::size_t>(text.size(), word.end + kReach);
    std::size_t i = std::max(word.end, done);
    for (; i < limit; ++i) {
      if (text[i] == '\n' && i > word.end + 2) break;
      if (!is_digit(text[i]) || (i > 0 && is_alphanumeric(text[i - 1]) && !is_letter(text[i - 1]))) continue;
      const Amount amount = amount_at(text, i);
      const bool date =
          text.substr(amount.end).starts_with("年") || text.substr(amount.end).starts_with("月");
      const std::size_t distance = characters_in(text.substr(word.end, i - word.end));
      if (!date && distance <= 40 && (amount.marked || amount.digits >= 4) && amount.digits <= 10) {
        const bool year = !amount.marked && amount.digits == 4 && (text[i] == '1' || text[i] == '2');
        if (!year) {
          // With its currency it is money; a bare number may be another thing.
          out.add(Candidate{.detector = Salary,
                            .confidence = amount.marked && distance <= 25   ? Confidence::High
                                          : amount.marked || distance <= 15 ? Confidence::Medium
                                                                            : Confidence::Low,
                            .reasons = static_cast<Reasons>(bit(Reason::ContextWord) |
                                                            (amount.marked ? bit(Reason::Form) : 0)),
                            .begin = amount.begin,
                            .end = amount.end,
                            .value = std::hash<std::string_view>{}(text.substr(i, amount.end - i)),
                            .word = static_cast<std::uint16_t>(word.term),
                            .distance = static_cast<std::uint16_t>(distance)});
          done = amount.end;
          break;
        }
      }
      i = std::max<std::size_t>(i, amount.end - 1);
    }
  }
}

}  // namespace kuramori::governance
