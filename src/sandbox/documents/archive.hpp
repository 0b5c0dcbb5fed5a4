// Reading archives from memory (libarchive): name by name, and each content only when it is asked for, within
// the limits of the extraction.
//
//   ArchiveReader reader(octets, ArchiveReader::Kind::Zip);
//   while (auto entry = reader.next()) if (entry->name == "word/document.xml") xml = reader.read(extraction);
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/documents/extraction.hpp"

struct archive;
struct archive_entry;

namespace kuramori::sandbox::documents {

class ArchiveReader {
 public:
  enum class Kind : std::uint8_t { Zip, Any, Compressed, Raw };
  struct Entry {
    std::string name;  // UTF-8; as it is written there, never a path to use
    bool is_file = true;
    bool is_encrypted = false;
  };
  enum class State : std::uint8_t { Good, Encrypted, Damaged };

  ArchiveReader(ByteView content, Kind kind);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  std::optional<Entry> next();
  // The content of the last entry, when it is whole and within the limits.
  std::optional<Bytes> read(Extraction& extraction);
  // How the last call ended.
  State state() const { return state_; }

 private:
  struct Free {
    void operator()(archive* reader) const;
  };
  void note_failure();

  ByteView content_;
  std::unique_ptr<archive, Free> reader_;
  archive_entry* entry_ = nullptr;
  State state_ = State::Good;
};

// Whether a zip has an entry of that name, or one that begins so when it ends in '/'; by its directory alone.
class ZipNames {
 public:
  explicit ZipNames(ByteView content);
  bool has(std::string_view name) const;
  bool empty() const { return names_.empty(); }
  // Nothing follows the archive's end record.
  bool is_at_end() const { return is_at_end_; }
  // The content of an entry that is stored without compression at the very front, as ODF's "mimetype".
  static std::string stored_first(ByteView content, std::string_view name);

 private:
  std::vector<std::string> names_;
  bool is_at_end_ = false;
};

}  // namespace kuramori::sandbox::documents
