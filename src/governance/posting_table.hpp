// Postings under names, of several kinds in one table. Names are told apart by a hash alone: whoever asks
// gets the postings of his name and, once in many thousand million names, those of another one as well, which
// he has to tell apart himself. Most names have none, which two octets tell.
//
//   PostingTable table;
//   table.put(1, "!room:corp.example", {.needs = 0, .place = 7});
//   table.seal();                               // once, after the last
//   for (const Posting& posting : table.find(1, room)) …
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kuramori::governance {

// A rule, and which guards (bits) must hold.
struct Posting {
  std::uint64_t needs;
  std::uint32_t place;
};

class PostingTable {
 public:
  void put(unsigned kind, std::string_view name, Posting posting);
  void seal();
  // Letters of ASCII count without regard to case, as in globs.
  std::span<const Posting> find(unsigned kind, std::string_view name) const;

 private:
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;  // zero: nothing lies here
  };
  static std::uint64_t hash_of(unsigned kind, std::string_view name);
  static std::uint16_t tag_of(std::uint64_t hash) { return static_cast<std::uint16_t>(hash >> 48 | 1U); }

  std::unordered_map<std::uint64_t, std::vector<Posting>> open_;  // until the table is sealed
  std::vector<Posting> postings_;
  std::vector<std::uint16_t> tags_;  // of the entries in the same places; zero: nothing lies here
  std::vector<Entry> entries_;       // open addressing: a power of two of them, at most half of them taken
};

}  // namespace kuramori::governance
