// Compound files ([MS-CFB] 13): the container of Office before 2007, of encrypted Office files and of Outlook
// messages.
//
//   const CompoundFile file(octets);
//   if (auto stream = file.stream("WordDocument")) use(*stream);
//
// Pure; every chain is followed within the file's size.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace kuramori::sandbox::documents {

class CompoundFile {
 public:
  explicit CompoundFile(ByteView content);

  bool is_good() const { return is_good_; }
  // By the whole path: "ObjectPool/_123/Ole". Streams and storages.
  std::vector<std::string> names() const;
  bool has(std::string_view name) const;
  std::optional<Bytes> stream(std::string_view name) const;

 private:
  struct Entry {
    std::string path;
    std::uint8_t type = 0;
    std::uint32_t first_sector = 0;
    std::uint64_t bytes = 0;
  };
  std::uint32_t next_sector(std::uint32_t sector) const;
  Bytes read_chain(std::uint32_t first, std::uint64_t bytes_max) const;
  Bytes read_small_chain(std::uint32_t first, std::uint64_t bytes) const;
  void read_table();
  void read_directory(std::uint32_t first);

  ByteView content_;
  bool is_good_ = false;
  std::size_t sector_bytes_ = 512;
  std::size_t small_sector_bytes_ = 64;
  std::uint32_t small_limit_ = 4'096;
  std::vector<std::uint32_t> table_;
  std::vector<std::uint32_t> small_table_;
  Bytes small_stream_;
  std::vector<Entry> entries_;
};

// Little-endian, at a place that is there; 0 otherwise.
std::uint32_t read_u16(ByteView bytes, std::size_t at);
std::uint32_t read_u32(ByteView bytes, std::size_t at);

}  // namespace kuramori::sandbox::documents
