// What is asked of the job "extract", and what it answers: what a file is by its content, and the text in it.
// Between the server, which links no document library, and the sandboxed program, which does.
//
//   Bytes parameters = ExtractRequest{.depth_max = 5}.encode();
//   auto outcome = co_await documents.run(std::move(parameters), std::move(input));
//   auto extract = Extract::decode(outcome->output);   // bounded, and still not to be trusted
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace kuramori::sandbox {

// What one file may cost. What lies beyond is left out, and the answer says which limit it was.
struct ExtractRequest {
  enum class Pictures : std::uint8_t {
    Leave,
    Give
  };  // Give: pictures and pages without text, to be recognised
  Pictures pictures = Pictures::Leave;
  std::uint32_t depth_max = 5;         // archives in archives
  std::uint32_t entries_max = 10'000;  // of all archives together
  std::uint32_t pages_max = 2'000;     // of one document
  std::uint32_t pictures_max = 16;
  std::uint32_t ratio_max = 200;  // inflated to stored octets, once more than 16 MiB were inflated
  std::uint32_t time_ms_max = 15'000;
  std::uint64_t inflated_bytes_max = std::uint64_t{512} << 20;
  std::uint64_t text_bytes_max = std::uint64_t{8} << 20;
  std::uint64_t picture_bytes_max = std::uint64_t{32} << 20;  // of all that are given together

  Bytes encode() const;
  static std::optional<ExtractRequest> decode(ByteView bytes);
};

enum class ExtractLimit : std::uint8_t { Depth, Entries, Pages, Pictures, Ratio, Time, Inflated, Text };
constexpr std::size_t kExtractLimits = 8;
std::string_view to_string(ExtractLimit limit);

// Why something could not be read.
enum class Unreadable : std::uint8_t { Encrypted, Damaged, TooDeep, TooLarge };
std::string_view to_string(Unreadable reason);

struct ExtractedText {
  std::string file;   // "archive.zip/a.docx"; empty: the file itself
  std::string place;  // "page 3", "sheet Budget", "comments"
  std::string text;   // UTF-8
};

struct ExtractedFile {
  std::string path;
  std::string media_type;  // by its content
  std::uint64_t bytes = 0;
};

struct ExtractedPicture {
  std::string file;
  std::string place;
  Bytes content;
};

struct UnreadablePart {
  std::string file;
  Unreadable reason = Unreadable::Damaged;
};

struct MetadataEntry {
  std::string file;
  std::string name;  // title, author, subject, keywords, producer, from, to, …
  std::string value;
};

struct Extract {
  std::string media_type;  // of the file itself, by its content
  bool has_macros = false;
  bool is_polyglot = false;  // it is a second thing as well: an archive behind a picture
  std::vector<ExtractLimit> limits;
  std::vector<UnreadablePart> unreadable;
  std::vector<MetadataEntry> metadata;
  std::vector<ExtractedText> texts;
  std::vector<ExtractedFile> files;  // inside of it
  std::vector<ExtractedPicture> pictures;

  bool is_encrypted() const;
  // Everything in it was read.
  bool is_complete() const { return limits.empty() && unreadable.empty(); }

  Bytes encode() const;
  static std::optional<Extract> decode(ByteView bytes);
};

}  // namespace kuramori::sandbox
