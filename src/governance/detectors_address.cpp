// Postal addresses by their customary forms. Conservative: a street alone is little, with a house number, a
// district and a flat it is an address.
#include <algorithm>

#include "governance/candidates.hpp"

namespace kuramori::governance {

namespace {

constexpr std::size_t kHouseReach = 150;  // octets before and after the number of the house

bool ends_with_any(std::string_view text, std::span<const std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) { return text.ends_with(ending); });
}
std::size_t count_of(std::string_view text, std::span<const std::string_view> parts) {
  std::size_t count = 0;
  for (const std::string_view part : parts) count += text.contains(part) ? 1 : 0;
  return count;
}

constexpr auto kStreets = std::to_array<std::string_view>(
    {"路", "街", "道", "巷", "弄", "里", "徑", "径", "胡同", "段", "大道", "坊", "園", "邨", "村"});
constexpr auto kDistricts = std::to_array<std::string_view>(
    {"省",   "市",   "区",   "區",     "县",   "縣",   "镇",     "鎮",   "鄉",
     "乡",   "香港", "九龍", "九龙",   "新界", "澳門", "澳门",   "湾仔", "灣仔",
     "中環", "中环", "旺角", "尖沙咀", "觀塘", "观塘", "銅鑼灣", "沙田"});
constexpr auto kRooms =
    std::to_array<std::string_view>({"室", "楼", "樓", "座", "栋", "棟", "幢", "单元", "單元", "大厦", "大廈",
                                     "花园", "花園", "中心", "小区", "廣場"});
constexpr auto kPrefectures = std::to_array<std::string_view>({"都", "道", "府", "県"});
constexpr auto kJapanDistricts = std::to_array<std::string_view>({"市", "区", "町", "村", "郡"});

// The text around that belongs to the same line.
std::string_view line_before(std::string_view text, std::size_t position) {
  std::string_view before = text.substr(0, position);
  if (before.size() > kHouseReach) before.remove_prefix(before.size() - kHouseReach);
  constexpr auto kEnds = std::to_array<std::string_view>({"\n", ";", "!", "?"});
  for (const std::string_view end : kEnds) {
    if (const auto at = before.rfind(end); at != std::string_view::npos) before.remove_prefix(at + 1);
  }
  return before;
}
std::string_view line_after(std::string_view text, std::size_t position) {
  std::string_view after = text.substr(position, kHouseReach / 2);
  return after.substr(0, after.find('\n'));
}

class AddressSearch {
 public:
  AddressSearch(const InspectedText& inspected, Candidates& out) : text_(inspected.text), out_(out) {}

  void run() {
    for (std::size_t i = 0; i < text_.size();) {
      if (!is_digit(text_[i])) {
        ++i;
        continue;
      }
      const std::size_t begin = i;
      while (i < text_.size() && is_digit(text_[i])) ++i;
      if (i - begin > 5 || begin < done_) continue;
      check_postal_mark(begin, i);
      check_east_asian(begin, i);
      check_japanese(begin, i);
      check_english(begin, i);
    }
  }

 private:
  void add(std::size_t begin, std::size_t end, std::size_t points) {
    if (points < 2) return;
    const Confidence confidence = points >= 4   ? Confidence::High
                                  : points == 3 ? Confidence::Medium
                                                : Confidence::Low;
    out_.add(Detector::PostalAddress, confidence, bit(Reason::Form),
             {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
             text_.substr(begin, end - begin));
    done_ = end;
  }

  // 〒100-0001
  void check_postal_mark(std::size_t begin, std::size_t end) {
    const std::string_view before = text_.substr(0, begin);
    if (end - begin != 3 || !(before.ends_with("〒") || before.ends_with("〒 "))) return;
    std::size_t last = end;
    if (last < text_.size() && text_[last] == '-') ++last;
    std::size_t digits = 0;
    while (last < text_.size() && is_digit(text_[last])) ++last, ++digits;
    if (digits == 4) add(begin, last, 3);
  }

  // 深圳市南山区科技路12号3栋501室, 香港灣仔軒尼詩道88號, 台北市信義區松仁路100巷5號
  void check_east_asian(std::size_t begin, std::size_t end) {
    const std::string_view rest = text_.substr(end);
    if (!rest.starts_with("号") && !rest.starts_with("號") && !rest.starts_with("弄") &&
        !rest.starts_with("巷"))
      return;
    std::string_view before = line_before(text_, begin);
    if (!ends_with_any(before, kStreets)) return;
    // A name stands before the street, not another number or nothing: 3號 of 10月3號 is a date.
    const std::size_t districts = count_of(before, kDistricts);
    const std::size_t rooms = count_of(line_after(text_, end), kRooms);
    const std::size_t start = begin - std::min(before.size(), first_of_address(before));
    std::size_t last = end + 3;
    if (rooms > 0) last = end_of_rooms(end);
    add(start, last, 1 + std::min<std::size_t>(districts, 2) + std::min<std::size_t>(rooms, 1));
  }

  // How many octets before the house number belong to the address: letters of Chinese and digits without a
  // break.
  static std::size_t first_of_address(std::string_view before) {
    std::size_t length = 0;
    for (std::size_t i = before.size(); i > 0; --i) {
      const char c = before[i - 1];
      if (static_cast<unsigned char>(c) < 0x80 && !is_alphanumeric(c) && c != '-') break;
      ++length;
    }
    return length;
  }

  std::size_t end_of_rooms(std::size_t end) const {
    const std::string_view after = line_after(text_, end);
    std::size_t last = 0;
    for (const std::string_view room : kRooms) {
      if (const auto at = after.find(room); at != std::string_view::npos && at < 60) {
        last = std::max(last, at + room.size());
      }
    }
    return end + std::max<std::size_t>(last, 3);
  }

  // 東京都千代田区丸の内1-2-3, 大阪府大阪市北区梅田3丁目1番
  void check_japanese(std::size_t begin, std::size_t end) {
    if (begin == 0 || static_cast<unsigned char>(text_[begin - 1]) < 0x80) return;
    const std::string_view rest = text_.substr(end);
    const bool block = rest.starts_with("丁目") || rest.starts_with("番地") || rest.starts_with("番");
    const bool dashed = rest.size() > 1 && rest[0] == '-' && is_digit(rest[1]);
    if (!block && !dashed) return;
    const std::string_view before = line_before(text_, begin);
    const std::size_t prefectures = count_of(before, kPrefectures);
    const std::size_t districts = count_of(before, kJapanDistricts);
    if (districts == 0) return;
    std::size_t last = end;
    while (last < text_.size() && (is_digit(text_[last]) || text_[last] == '-')) ++last;
    if (block)
      last = std::min(text_.size(), end + (rest.starts_with("番") && !rest.starts_with("番地") ? 3 : 6));
    const std::size_t start = begin - first_of_address(before);
    add(start, last, 1 + std::min<std::size_t>(prefectures, 1) + std::min<std::size_t>(districts, 2));
  }

  // "Flat 5B, 12/F, 88 Nathan Road, Kowloon", "221 Example Street, Springfield, IL 62701"
  void check_english(std::size_t begin, std::size_t end) {
    std::size_t i = end;
    if (i < text_.size() && is_upper(text_[i]) && i + 1 < text_.size() && text_[i + 1] == ' ') ++i;  // 12A
    if (begin > 0 && (is_alphanumeric(text_[begin - 1]) || text_[begin - 1] == '.')) return;
    std::size_t words = 0;
    for (; words < 5; ++words) {
      if (i >= text_.size() || text_[i] != ' ') return;
      const std::size_t first = ++i;
      while (i < text_.size() && (is_letter(text_[i]) || text_[i] == '\'')) ++i;
      const std::string_view word = text_.substr(first, i - first);
      if (word.empty() || !is_upper(word[0])) return;
      if (words > 0 && is_street(word)) break;
    }
    if (words == 0 || words == 5) return;
    const std::string_view before = line_before(text_, begin);
    const std::string_view after = text_.substr(i, kHouseReach);
    const bool flat = has_word(before, kFlats) || before.ends_with("/F, ") || before.ends_with("/F ");
    const bool place = has_word(after, kPlaces) || has_post_code(after);
    const bool comma = after.size() > 2 && after[0] == ',' && after[1] == ' ' && is_upper(after[2]);
    add(begin, i, 2 + (flat ? 1 : 0) + (place ? 1 : 0) + (comma && !place ? 1 : 0));
  }

  static bool is_street(std::string_view word) {
    constexpr auto kSuffixes = std::to_array<std::string_view>(
        {"Avenue",  "Ave",    "Boulevard", "Blvd",    "Court", "Crescent", "Drive",
         "Highway", "Lane",   "Parade",    "Path",    "Place", "Road",     "Rd",
         "Square",  "Street", "St",        "Terrace", "Way",   "Close",    "Gardens"});
    return std::ranges::find(kSuffixes, word) != kSuffixes.end();
  }

  static constexpr auto kFlats =
      std::to_array<std::string_view>({"Flat", "Room", "Rm", "Unit", "Suite", "Apt", "Apartment", "Floor",
                                       "Block", "Tower", "House", "Shop"});
  static constexpr auto kPlaces = std::to_array<std::string_view>(
      {"Hong Kong", "Kowloon", "New Territories", "HK", "Singapore", "London", "Wan Chai", "Central",
       "Mong Kok", "New York", "China", "Taipei", "Tokyo", "UK", "USA"});

  static bool has_word(std::string_view text, std::span<const std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) {
      const auto found = text.find(word);
      if (found == std::string_view::npos) return false;
      return found + word.size() == text.size() || !is_alphanumeric(text[found + word.size()]);
    });
  }
  // Five digits after two capitals, or the British form.
  static bool has_post_code(std::string_view text) {
    for (std::size_t i = 0; i + 7 < text.size() + 1; ++i) {
      const auto is = [&](std::size_t at, bool (*kind)(char)) {
        return i + at < text.size() && kind(text[i + at]);
      };
      const bool american = is(0, is_upper) && is(1, is_upper) && is(2, [](char c) { return c == ' '; }) &&
                            is(3, is_digit) && is(4, is_digit) && is(5, is_digit) && is(6, is_digit) &&
                            is(7, is_digit);
      const bool british = is(0, is_upper) && is(1, is_alphanumeric) && is(2, is_digit) &&
                           is(3, [](char c) { return c == ' '; }) && is(4, is_digit) && is(5, is_upper) &&
                           is(6, is_upper);
      if (american || british) return true;
    }
    return false;
  }

  std::string_view text_;
  Candidates& out_;
  std::size_t done_ = 0;
};

}  // namespace

void find_addresses(const InspectedText& inspected, Candidates& out) {
  if (inspected.shape.any_digit && out.wants(Detector::PostalAddress)) AddressSearch(inspected, out).run();
}

}  // namespace kuramori::governance
