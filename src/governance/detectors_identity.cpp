// Numbers of persons and companies besides those of numbers.cpp: passports, permits, cards of Taiwan, Japan,
// the United States and the United Kingdom.
#include <string>

#include "governance/candidates.hpp"
#include "governance/checksum.hpp"

namespace kuramori::governance {

namespace {

using enum Detector;

constexpr Reasons kChecksum = bit(Reason::Checksum);
constexpr Reasons kForm = bit(Reason::Form);

// Numbers of digits alone.
void check_window(std::string_view text, const DigitWindow& window, Candidates& out) {
  const std::string_view digits = window.digits();
  const auto add = [&](Detector detector, Confidence confidence, Reasons reasons) {
    out.add(detector, confidence, reasons, {window.begin, window.end}, digits);
  };
  const bool plain = window.groups == 1;
  if (!window.separate) return;
  switch (window.count) {
    case 8:
      if (plain) add(TaiwanTravelPermit, Confidence::Low, 0);
      break;
    case 9: {
      if (plain) add(TaiwanPassport, Confidence::Low, 0);
      const bool printed = window.has_sizes({3, 2, 4}) && (window.joint == '-' || window.joint == ' ');
      if ((plain || printed) && is_us_social_security(digits)) {
        const bool dashed = printed && window.joint == '-';
        add(UsSocialSecurity, dashed ? Confidence::Medium : Confidence::Low, printed ? kForm : Reasons{0});
      }
      break;
    }
    case 12:
      if ((plain || window.has_sizes({4, 4, 4})) && is_jp_driving_licence(digits))
        add(JpDrivingLicence, Confidence::Low, kChecksum);
      break;
    case 13:
      if ((plain || window.has_sizes({1, 4, 4, 4})) && is_jp_corporate_number(digits)) {
        add(JpCorporateNumber, plain ? Confidence::Low : Confidence::Medium, kChecksum);
      }
      // The invoice number of a company is its corporate number after a T.
      break;
    case 15:
      if ((plain || window.has_sizes({6, 6, 3})) && is_prc_resident_identity_15(digits) &&
          is_clear_before(text, window.begin) && is_clear_after(text, window.end)) {
        add(PrcResidentIdentity, Confidence::Low, kForm);
      }
      break;
    default:
      break;
  }
}

// A letter or two and the digits after them, perhaps in groups.
struct Lettered {
  static constexpr std::size_t kDigitsMax = 10;
  std::string letters = {};
  std::string digits = {};
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool compact = true;  // nothing stands between
};

class LetteredSearch {
 public:
  LetteredSearch(std::string_view text, Candidates& out) : text_(text), out_(out) {}

  void run() {
    for (std::size_t i = 0; i < text_.size();) {
      if (!is_letter(text_[i])) {
        ++i;
        continue;
      }
      const std::size_t begin = i;
      while (i < text_.size() && is_letter(text_[i])) ++i;
      if (i - begin > 2 || !stands_alone(begin)) continue;
      read(begin, i);
    }
  }

 private:
  char at(std::size_t position) const { return position < text_.size() ? text_[position] : '\0'; }
  bool stands_alone(std::size_t begin) const {
    if (begin == 0) return true;
    const char before = text_[begin - 1];
    return !is_alphanumeric(before) && before != '_' && before != '/' && before != '=';
  }

  // Checks at the end of every group, so that "A123456789 2024" is found.
  void read(std::size_t begin, std::size_t after_letters) {
    Lettered number{.begin = static_cast<std::uint32_t>(begin)};
    for (std::size_t i = begin; i < after_letters; ++i) number.letters.push_back(upper(text_[i]));
    std::size_t position = after_letters;
    for (;;) {
      std::size_t first = position;
      while (first - position < 2 && is_blank(at(first))) ++first;
      if (!is_digit(at(first))) break;
      // "a 1234567": words beside numbers are not written in capitals.
      if (first != position && number.digits.empty() && is_lower(text_[begin])) break;
      number.compact = number.compact && first == position;
      position = first;
      while (is_digit(at(position))) {
        if (number.digits.size() == Lettered::kDigitsMax) return;
        number.digits.push_back(text_[position++]);
      }
      number.end = static_cast<std::uint32_t>(position);
      if (!is_alphanumeric(at(position)) && at(position) != '_') check(number);
      if (number.letters.size() == 2 && number.digits.size() == 6) check_insurance(number, position);
    }
  }

  void add(Detector detector, Confidence confidence, Reasons reasons, const Lettered& number) {
    out_.add(detector, confidence, reasons, {number.begin, number.end}, number.letters + number.digits);
  }

  void check(const Lettered& number) {
    const std::string& letters = number.letters;
    const std::size_t digits = number.digits.size();
    if (letters.size() + digits == 10) {
      const std::string whole = letters + number.digits;
      if (is_taiwan_identity(whole)) add(TaiwanIdentityCard, Confidence::Medium, kChecksum, number);
      if (is_taiwan_resident_certificate(whole))
        add(TaiwanResidentCertificate, Confidence::Medium, kChecksum, number);
    }
    check_permits(number);
  }

  void check_permits(const Lettered& number) {
    const std::string_view letters = number.letters;
    const std::size_t digits = number.digits.size();
    // One gap after the letters is customary, more are not.
    const bool tight = number.compact || text_.substr(number.begin + letters.size(), 1) == " ";
    if (!tight || is_lower(text_[number.begin])) return;
    const bool one = letters.size() == 1 && digits == 8;
    // Passports: E and G ordinary, D diplomatic, S and P for public affairs; new series with a second letter.
    if (one && std::string_view("EGDSPHKM").contains(letters[0]) && letters[0] != 'H' && letters[0] != 'M') {
      add(PrcPassport, Confidence::Low, kForm, number);
    }
    if (letters.size() == 2 && digits == 7 && std::string_view("EDSPKM").contains(letters[0])) {
      add(PrcPassport, Confidence::Low, kForm, number);
    }
    // Home return permits: H or M, eight digits, in the old form two more for the times of renewal.
    if (letters.size() == 1 && (letters[0] == 'H' || letters[0] == 'M') && (digits == 8 || digits == 10)) {
      add(HkMacaoTravelPermit, Confidence::Low, kForm, number);
    }
    // Permits of mainland residents for Hong Kong and Macao: C or W; C with a second letter.
    const bool exit_permit = (one && (letters[0] == 'C' || letters[0] == 'W')) ||
                             (letters.size() == 2 && digits == 7 && letters[0] == 'C');
    if (exit_permit) add(HkMacaoTravelPermit, Confidence::Low, kForm, number);
  }

  void check_insurance(Lettered number, std::size_t position) {
    std::size_t last = position;
    while (last - position < 2 && is_blank(at(last))) ++last;
    const char suffix = upper(at(last));
    if (suffix < 'A' || suffix > 'D' || is_alphanumeric(at(last + 1))) return;
    if (last != position && is_lower(at(last))) return;  // "AB123456 a few"
    number.digits.push_back(suffix);
    number.end = static_cast<std::uint32_t>(last + 1);
    if (is_uk_national_insurance(number.letters + number.digits))
      add(UkNationalInsurance, Confidence::Medium, kForm, number);
  }

  std::string_view text_;
  Candidates& out_;
};

}  // namespace

void find_identity_numbers(const InspectedText& inspected, Candidates& out) {
  constexpr DetectorSet kOfDigits = bit(TaiwanTravelPermit) | bit(TaiwanPassport) | bit(UsSocialSecurity) |
                                    bit(JpDrivingLicence) | bit(JpCorporateNumber) | bit(PrcResidentIdentity);
  constexpr DetectorSet kOfLetters = bit(PrcPassport) | bit(HkMacaoTravelPermit) | bit(TaiwanIdentityCard) |
                                     bit(TaiwanResidentCertificate) | bit(UkNationalInsurance);
  if (inspected.shape.digits >= 8 && out.wants(kOfDigits)) {
    for_each_window(inspected.text, inspected.groups, 8,
                    [&](const DigitWindow& window) { check_window(inspected.text, window, out); });
  }
  if (inspected.shape.digits >= 6 && out.wants(kOfLetters)) LetteredSearch(inspected.text, out).run();
}

}  // namespace kuramori::governance
