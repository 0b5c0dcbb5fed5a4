// The file of an archive. It has its name when it is whole and durable, not before; nothing is ever
// overwritten.
//
//   auto file = ArchiveFile::create("/srv/backups/monday", random);
//   …  file->publish();       // without: nothing remains
#pragma once
#include <filesystem>

#include "backup/octets.hpp"
#include "base/random.hpp"

namespace kuramori::backup {

class ArchiveFile final : public Sink {
 public:
  // Conflict when there is something of this name. Of the server's user alone (0600) from the first moment.
  static Result<ArchiveFile> create(const std::filesystem::path& path, Random& random);
  ArchiveFile(ArchiveFile&& other) noexcept;
  ArchiveFile& operator=(ArchiveFile&&) = delete;
  ~ArchiveFile() override;

  Result<void> append(ByteView octets) override;
  // Everything that was written is on the disk.
  Result<void> make_durable();
  // It gets its name.
  Result<void> publish();
  std::uint64_t octets() const { return octets_; }

 private:
  ArchiveFile(int descriptor, std::filesystem::path path, std::filesystem::path partial)
      : descriptor_(descriptor), path_(std::move(path)), partial_(std::move(partial)) {}

  int descriptor_;
  std::filesystem::path path_;
  std::filesystem::path partial_;  // empty: it has its name, or was moved from
  std::uint64_t octets_ = 0;
};

class ArchiveInput final : public Source {
 public:
  static Result<ArchiveInput> open(const std::filesystem::path& path);
  ArchiveInput(ArchiveInput&& other) noexcept;
  ArchiveInput& operator=(ArchiveInput&&) = delete;
  ~ArchiveInput() override;

  Result<std::size_t> read(std::span<std::uint8_t> into) override;
  std::uint64_t octets() const { return octets_; }
  std::uint64_t read_so_far() const { return read_so_far_; }

 private:
  ArchiveInput(int descriptor, std::uint64_t octets) : descriptor_(descriptor), octets_(octets) {}

  int descriptor_;
  std::uint64_t octets_;
  std::uint64_t read_so_far_ = 0;
};

}  // namespace kuramori::backup
