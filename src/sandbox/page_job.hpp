// What is asked of the job "page", and what it answers: one page of a file as a picture that bears a
// watermark, or how many pages there are. Between the server, which links no document library, and the
// sandboxed program, which does.
//
//   Bytes parameters = PageRequest{.page = 3, .mark = {"@aiko:example.org", "2026-11-29 14:03
//   UTC"}}.encode(); auto outcome = co_await pages.run(std::move(parameters), std::move(input)); auto summary
//   = PageSummary::decode(outcome->summary);   // bounded, and still not to be trusted
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace kuramori::sandbox {

struct PageRequest {
  // Outline: how many pages. Page: one of them. Mark: a picture as it is, with the watermark over it.
  enum class What : std::uint8_t { Outline, Page, Mark };
  static constexpr std::size_t kMarkLinesMax = 4;
  static constexpr std::size_t kMarkLineBytesMax = 256;

  What what = What::Outline;
  std::uint32_t page = 1;
  std::uint32_t width = 1'000;  // in pixels; a picture is never made larger than it is
  std::uint32_t pages_max = 500;
  std::uint32_t time_ms_max = 15'000;
  std::uint64_t pixels_max = 100'000'000;  // of a picture that is opened
  std::uint64_t text_bytes_max = std::uint64_t{2} << 20;
  std::vector<std::string> mark = {};

  Bytes encode() const;
  static std::optional<PageRequest> decode(ByteView bytes);
};

enum class PageKind : std::uint8_t { Picture, Document, Text };
std::string_view to_string(PageKind kind);

// With verdict Done. The output is the page as PNG; of an outline, nothing.
struct PageSummary {
  enum class Pages : std::uint8_t { All, First };  // First: there are more than are shown
  PageKind kind = PageKind::Text;
  Pages shown = Pages::All;
  std::uint32_t pages = 1;
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  Bytes encode() const;
  static std::optional<PageSummary> decode(ByteView bytes);
};

// With verdict Refused.
enum class PageRefusal : std::uint8_t { NothingToShow, Encrypted, Damaged, TooLarge, NoSuchPage };
constexpr std::size_t kPageRefusals = 5;
Bytes encode(PageRefusal refusal);
std::optional<PageRefusal> decode_page_refusal(ByteView bytes);

}  // namespace kuramori::sandbox
