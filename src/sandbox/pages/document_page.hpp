// A page of a PDF, as it looks: by Poppler.
#pragma once
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "sandbox/page_job.hpp"
#include "sandbox/pages/canvas.hpp"
#include "sandbox/pages/typeface.hpp"

namespace kuramori::sandbox::pages {

class PdfFile {
 public:
  // `refusal` says why there is none.
  static std::optional<PdfFile> open(ByteView file, PageRefusal& refusal);
  ~PdfFile();
  PdfFile(PdfFile&&) noexcept;

  std::uint32_t pages() const;
  // From 1. What it refers to and does not bring along, fonts, is not to be had here: such a page is written
  // out with our letters. Nothing when it is damaged.
  std::optional<Canvas> draw(std::uint32_t page, int width, const Typeface& face) const;

 private:
  struct State;
  explicit PdfFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::sandbox::pages
