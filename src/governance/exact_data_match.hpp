// Exact data match: the rows of a table that must not leave (customers, staff), known by keyed hashes alone.
// Columns of one row that stand near each other in a text are a hit: two, or as many as the query says.
//
//   ExactDataImport import(crypto::ShortHash(key));
//   import.feed(chunk); …                     // CSV as it arrives, the first row names the columns
//   ExactDataMatch table = *import.finish();  // import.bad_lines() tells what was left out
//   table.find(normalised_text, {.least = 2, .characters = 80}, 100, hits);
//
// Values are normalised, put in small letters and freed of separators before they are hashed, so that "Chan
// Tai Man" and "CHAN TAI-MAN" are one. A value that more than kRowsOfValueMax rows share identifies nobody
// and is left out. The table holds no value and no key that could be read back without the key.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/short_hash.hpp"

namespace kuramori::governance {

struct ExactDataHit {
  std::uint32_t row;
  std::uint32_t columns;  // a bit for each that was found
  std::uint32_t begin;    // octets of the normalised text, from the first value to the last
  std::uint32_t end;
};

struct ExactDataQuery {
  std::uint32_t columns = ~std::uint32_t{0};  // a bit for each that counts
  std::size_t least = 2;                      // so many different ones of one row
  std::size_t characters = 200;               // between the end of the first value and the begin of the last
};

// Immutable and shared.
class ExactDataMatch {
 public:
  static constexpr std::size_t kRowsOfValueMax = 1000;
  static constexpr std::size_t kWordsMax = 16;    // of a value
  static constexpr std::size_t kOctetsMax = 256;  // of a value
  static constexpr std::size_t kColumnsMax = 16;
  struct Entry {
    std::uint64_t hash;
    std::uint32_t row;
    std::uint16_t column;
  };

  ExactDataMatch(crypto::ShortHash hash, std::vector<std::string> columns, std::vector<Entry> entries,
                 std::size_t words_max);

  std::size_t values() const { return entries_.size(); }
  const std::vector<Entry>& entries() const { return entries_; }  // in the order of hashes
  std::size_t words_max() const { return words_max_; }            // of the longest value
  const std::vector<std::string>& columns() const { return columns_; }

  // A bit for each of the columns named; those that the table does not have are left out.
  std::uint32_t columns_named(std::span<const std::string> names) const;

  // Appends one hit for each row of which enough columns stand near each other, at most `hits_max`.
  void find(std::string_view normalised_text, const ExactDataQuery& query, std::size_t hits_max,
            std::vector<ExactDataHit>& hits) const;

 private:
  struct Place {
    std::uint32_t begin;
    std::uint32_t end;
    std::uint32_t row;
    std::uint16_t column;
  };
  void look_up(std::string_view value, Place place, std::uint32_t columns, std::vector<Place>& places) const;
  void hits_of_row(std::string_view text, std::span<const Place> places, const ExactDataQuery& query,
                   std::vector<ExactDataHit>& hits) const;
  bool may_hold(std::uint64_t hash) const {
    const std::uint64_t bit = hash >> filter_shift_;
    return (filter_[bit / 64] >> (bit % 64) & 1) != 0;
  }

  crypto::ShortHash hash_;
  std::vector<std::string> columns_;
  std::vector<Entry> entries_;         // sorted by hash
  std::vector<std::uint64_t> filter_;  // a bit for the first bits of each hash
  unsigned filter_shift_ = 46;
  std::size_t words_max_;
};

struct BadLine {
  std::size_t line;
  std::string message;
};

// Reads CSV (RFC 4180: quotes, doubled quotes, line ends in quotes) in pieces of any size. The first line
// tells whether commas, tabs or semicolons separate.
class ExactDataImport {
 public:
  struct Limits {
    std::size_t rows_max = 1'000'000;
    std::size_t columns_max = ExactDataMatch::kColumnsMax;
    std::size_t field_bytes_max = 256;
    std::size_t bad_lines_max = 100;  // told; more are counted
  };

  explicit ExactDataImport(crypto::ShortHash hash) : ExactDataImport(hash, Limits()) {}
  ExactDataImport(crypto::ShortHash hash, Limits limits) : hash_(hash), limits_(limits) {}

  void feed(std::string_view chunk);
  // An error when there is no header or no row.
  Result<ExactDataMatch> finish();

  const std::vector<BadLine>& bad_lines() const { return bad_lines_; }
  std::size_t bad_lines_total() const { return bad_total_; }
  std::size_t rows() const { return rows_; }

 private:
  void end_field();
  void end_row();
  void add_row();
  void report(std::string message);

  crypto::ShortHash hash_;
  Limits limits_;
  std::vector<std::string> header_;
  std::vector<std::string> fields_;
  std::string field_;
  std::vector<ExactDataMatch::Entry> entries_;
  std::vector<BadLine> bad_lines_;
  std::size_t bad_total_ = 0;
  std::size_t rows_ = 0;
  std::size_t line_ = 1;      // where the reader is
  std::size_t row_line_ = 1;  // where the row began
  std::size_t words_max_ = 1;
  char separator_ = '\0';  // as long as it is not known
  bool quoted_ = false;
  bool after_quote_ = false;  // a quote inside quotes: the end, or the first of two
  bool too_long_ = false;
  bool too_many_ = false;
  bool malformed_ = false;
};

}  // namespace kuramori::governance
