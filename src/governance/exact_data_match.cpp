#include "governance/exact_data_match.hpp"

#include <algorithm>
#include <tuple>

#include "governance/characters.hpp"
#include "governance/normalise.hpp"

namespace kuramori::governance {

namespace {

constexpr std::size_t kGapMax = 3;          // octets between the words of a value
constexpr std::size_t kPlacesMax = 50'000;  // in one text

// The end of the word that begins at `at`: Latin letters and digits together, others one by one; `at` itself
// when no word begins there.
std::size_t word_end(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_alphanumeric(text[end])) ++end;
  if (end > at || at >= text.size() || static_cast<unsigned char>(text[at]) < 0x80) return end;
  for (++end; end < text.size() && is_continuation(text[end]);) ++end;
  return end;
}

void append_small(std::string& essence, std::string_view word) {
  for (const char c : word) essence.push_back(lower(c));
}

struct ValueEssence {
  std::string text;
  std::size_t words = 0;
};
ValueEssence value_essence_of(std::string_view value) {
  ValueEssence essence;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = word_end(value, at);
    if (end == at) {
      ++at;
      continue;
    }
    append_small(essence.text, value.substr(at, end - at));
    ++essence.words;
    at = end;
  }
  return essence;
}

}  // namespace

ExactDataMatch::ExactDataMatch(crypto::ShortHash hash, std::vector<std::string> columns,
                               std::vector<Entry> entries, std::size_t words_max)
    : hash_(hash),
      columns_(std::move(columns)),
      entries_(std::move(entries)),
      words_max_(std::min(words_max, kWordsMax)) {
  std::ranges::sort(entries_, {}, &Entry::hash);
  auto kept = entries_.begin();
  for (auto first = entries_.begin(); first != entries_.end();) {
    const auto last =
        std::find_if(first, entries_.end(), [&](const Entry& entry) { return entry.hash != first->hash; });
    if (static_cast<std::size_t>(last - first) <= kRowsOfValueMax) kept = std::copy(first, last, kept);
    first = last;
  }
  entries_.erase(kept, entries_.end());
  entries_.shrink_to_fit();
  // About eight bits for each value.
  unsigned bits = 18;
  while (bits < 26 && (std::size_t{1} << bits) < entries_.size() * 8) ++bits;
  filter_.assign((std::size_t{1} << bits) / 64, 0);
  filter_shift_ = 64 - bits;
  for (const Entry& entry : entries_) {
    const std::uint64_t bit = entry.hash >> filter_shift_;
    filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
}

std::uint32_t ExactDataMatch::columns_named(std::span<const std::string> names) const {
  std::uint32_t columns = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (std::ranges::find(names, columns_[i]) != names.end()) columns |= std::uint32_t{1} << i;
  }
  return columns;
}

void ExactDataMatch::look_up(std::string_view value, Place place, std::uint32_t columns,
                             std::vector<Place>& places) const {
  const std::uint64_t hash = hash_(value);
  if (!may_hold(hash)) return;
  const auto found = std::ranges::equal_range(entries_, hash, {}, &Entry::hash);
  for (const Entry& entry : found) {
    if (places.size() >= kPlacesMax) return;
    if ((columns >> entry.column & 1U) == 0) continue;
    place.row = entry.row;
    place.column = entry.column;
    places.push_back(place);
  }
}

// One hit at most: the first place from which enough columns follow, none upon another.
void ExactDataMatch::hits_of_row(std::string_view text, std::span<const Place> places,
                                 const ExactDataQuery& query, std::vector<ExactDataHit>& hits) const {
  for (std::size_t a = 0; a < places.size(); ++a) {
    ExactDataHit hit{places[a].row, std::uint32_t{1} << places[a].column, places[a].begin, places[a].end};
    std::size_t found = 1;
    for (std::size_t b = a + 1; b < places.size() && found < query.least; ++b) {
      const Place& next = places[b];
      if (next.begin > places[a].end + query.characters * 4) break;
      const std::uint32_t column = std::uint32_t{1} << next.column;
      if ((hit.columns & column) != 0 || next.begin < hit.end) continue;
      if (characters_in(text.substr(places[a].end, next.begin - places[a].end)) > query.characters) break;
      hit.columns |= column;
      hit.end = next.end;
      ++found;
    }
    if (found < query.least) continue;
    hits.push_back(hit);
    return;
  }
}

void ExactDataMatch::find(std::string_view text, const ExactDataQuery& query, std::size_t hits_max,
                          std::vector<ExactDataHit>& hits) const {
  if (entries_.empty() || query.least == 0) return;
  const std::size_t words_most = std::min(words_max_ + 3, kWordsMax);
  std::vector<Place> places;
  std::string value;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = word_end(text, begin);
    if (end == begin) {
      ++begin;
      continue;
    }
    const std::size_t next = end;
    value.clear();
    std::size_t word = begin;
    for (std::size_t words = 0; words < words_most && end > word && end - begin <= kOctetsMax; ++words) {
      append_small(value, text.substr(word, end - word));
      look_up(value, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), 0, 0},
              query.columns, places);
      std::size_t after = end;
      while (after - end <= kGapMax && after < text.size() && word_end(text, after) == after) ++after;
      if (after - end > kGapMax) break;
      word = after;
      end = word_end(text, word);
    }
    begin = next;
  }
  std::ranges::sort(places, [](const Place& a, const Place& b) {
    return std::tie(a.row, a.begin, a.end) < std::tie(b.row, b.begin, b.end);
  });
  for (std::size_t i = 0; i < places.size() && hits.size() < hits_max;) {
    std::size_t next = i + 1;
    while (next < places.size() && places[next].row == places[i].row) ++next;
    hits_of_row(text, std::span(places).subspan(i, next - i), query, hits);
    i = next;
  }
}

void ExactDataImport::report(std::string message) {
  ++bad_total_;
  if (bad_lines_.size() < limits_.bad_lines_max) bad_lines_.push_back({row_line_, std::move(message)});
}

void ExactDataImport::feed(std::string_view chunk) {
  for (const char c : chunk) {
    if (c == '\n') ++line_;
    if (after_quote_) {
      after_quote_ = false;
      if (c == '"') {
        if (field_.size() < limits_.field_bytes_max) field_.push_back(c);
        continue;
      }
      quoted_ = false;
      const bool may_end = c == separator_ || (separator_ == '\0' && (c == ',' || c == '\t' || c == ';'));
      if (!may_end && c != '\n' && c != '\r') malformed_ = true;
    }
    if (quoted_) {
      if (c == '"') {
        after_quote_ = true;
      } else if (field_.size() < limits_.field_bytes_max) {
        field_.push_back(c);
      } else {
        too_long_ = true;
      }
      continue;
    }
    if (separator_ == '\0' && header_.empty() && (c == ',' || c == '\t' || c == ';')) separator_ = c;
    if (c == separator_ && c != '\0') {
      end_field();
    } else if (c == '\n') {
      end_row();
    } else if (c == '"' && field_.empty()) {
      quoted_ = true;
    } else if (c == '\r') {
      continue;
    } else if (field_.size() < limits_.field_bytes_max) {
      field_.push_back(c);
    } else {
      too_long_ = true;
    }
  }
}

void ExactDataImport::end_field() {
  if (fields_.size() < limits_.columns_max) {
    fields_.push_back(std::move(field_));
  } else {
    too_many_ = true;
  }
  field_.clear();
}

void ExactDataImport::end_row() {
  const bool blank = fields_.empty() && field_.empty();
  end_field();
  if (!blank) add_row();
  fields_.clear();
  too_long_ = too_many_ = malformed_ = false;
  row_line_ = line_;
}

void ExactDataImport::add_row() {
  const std::string columns = std::to_string(limits_.columns_max);
  if (malformed_) return report("has text after a closing quote");
  if (too_many_) return report("has more than " + columns + " columns");
  if (too_long_)
    return report("has a field of more than " + std::to_string(limits_.field_bytes_max) + " octets");
  if (header_.empty()) {
    // A byte order mark is no part of the name.
    if (fields_[0].starts_with("\xEF\xBB\xBF")) fields_[0].erase(0, 3);
    header_ = std::move(fields_);
    return;
  }
  if (fields_.size() != header_.size()) {
    return report("has " + std::to_string(fields_.size()) + " fields where the header has " +
                  std::to_string(header_.size()));
  }
  if (rows_ >= limits_.rows_max)
    return report("is beyond the limit of " + std::to_string(limits_.rows_max) + " rows");
  std::size_t usable = 0;
  const auto row = static_cast<std::uint32_t>(rows_);
  const std::size_t before = entries_.size();
  for (std::size_t column = 0; column < fields_.size(); ++column) {
    const ValueEssence essence = value_essence_of(normalised(fields_[column]));
    // What is shorter stands in every text.
    if (essence.text.size() < 4 || essence.words > ExactDataMatch::kWordsMax) continue;
    words_max_ = std::max(words_max_, essence.words);
    entries_.push_back({hash_(essence.text), row, static_cast<std::uint16_t>(column)});
    ++usable;
  }
  if (usable == 0) {
    entries_.resize(before);
    return report("has no value of four octets or more, so that nothing can be matched");
  }
  ++rows_;
}

Result<ExactDataMatch> ExactDataImport::finish() {
  if (quoted_ && !after_quote_) {
    report("opens a quote that is never closed");
    fields_.clear();
    field_.clear();
  }
  if (!fields_.empty() || !field_.empty()) end_row();
  if (header_.empty()) return invalid_argument("The table is empty: its first line must name the columns.");
  if (rows_ == 0) return invalid_argument("The table has no row that can be matched.");
  return ExactDataMatch(hash_, std::move(header_), std::move(entries_), words_max_);
}

}  // namespace kuramori::governance
