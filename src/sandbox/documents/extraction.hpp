// One file under examination: what was found so far, and how much may still be found. Extractors add to it;
// each asks whether it may go on, and none goes beyond.
//
//   Extraction extraction(request);
//   extraction.examine(octets, {.path = ""});
//   Bytes answer = std::move(extraction).finish().encode();
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "sandbox/extract_job.hpp"

namespace kuramori::sandbox::documents {

// Where in the whole something lies.
struct Position {
  std::string path = {};    // "archive.zip/a.docx"; empty: the file itself
  std::uint32_t depth = 0;  // files around it

  Position inside(std::string_view name) const;
};

class Extraction {
 public:
  explicit Extraction(const ExtractRequest& request);

  // Finds out what it is, and reads it with everything in it.
  void examine(ByteView content, const Position& position);

  // Text of a file; empty text is left out, text beyond the limit is cut off.
  void add_text(const Position& position, std::string_view place, std::string_view text);
  void add_metadata(const Position& position, std::string_view name, std::string_view value);
  void add_picture(const Position& position, std::string_view place, ByteView content);
  // A file in another one, when it is begun.
  void add_file(const Position& position, std::string_view media_type, std::uint64_t bytes);
  void mark_unreadable(const Position& position, Unreadable reason);
  void mark_macros() { extract_.has_macros = true; }
  void mark_polyglot() { extract_.is_polyglot = true; }
  void hit(ExtractLimit limit);

  // False: stop now. Whoever inflates something asks for each piece; `stored` is what the whole container
  // takes.
  bool may_inflate(std::uint64_t bytes, std::uint64_t stored);
  bool may_enter();  // one more file in a container
  bool may_go_on();  // time and text are left
  const ExtractRequest& request() const { return request_; }
  bool wants_picture() const;
  std::size_t text_bytes_left() const;

  Extract finish() &&;

 private:
  const ExtractRequest request_;
  const std::chrono::steady_clock::time_point deadline_;
  Extract extract_;
  std::uint64_t inflated_bytes_ = 0;
  std::uint64_t text_bytes_ = 0;
  std::uint64_t picture_bytes_ = 0;
  std::uint32_t entries_ = 0;
};

}  // namespace kuramori::sandbox::documents
