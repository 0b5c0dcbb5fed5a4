// The letters that pages are written with: a font with Latin, Chinese and Japanese, and one for what it
// lacks. Both are mapped into memory before the process is confined; nothing is opened afterwards.
//
//   std::u32string text = to_utf32(utf8);
//   face.draw(text, {.size = 20, .left = 60, .baseline = 80}, canvas);
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "sandbox/pages/canvas.hpp"

namespace kuramori::sandbox::pages {

// What is no UTF-8 becomes U+FFFD, octet by octet.
std::u32string to_utf32(std::string_view utf8);

class Typeface {
 public:
  static constexpr int kUnits = 1'000;  // of an em, in which widths are measured

  // The process's own; null when there is no font with Chinese and Japanese.
  static const Typeface* shared();
  ~Typeface();

  // How wide the letter is, in units of the em.
  int advance(char32_t letter) const;
  int width_of(std::u32string_view text) const;

  struct Pen {
    double size = 16;  // of the em, in pixels
    double left = 0;
    double baseline = 0;
  };
  void draw(std::u32string_view text, const Pen& pen, Canvas& canvas) const;
  // Turned by `degrees` against the clock around (left, baseline).
  void draw_turned(std::u32string_view text, const Pen& pen, double degrees, Mask& mask) const;

 private:
  struct State;
  explicit Typeface(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::sandbox::pages
