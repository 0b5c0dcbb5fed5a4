#include "sandbox/pages/typeface.hpp"

#include <fcntl.h>
#include <ft2build.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <span>
#include <unordered_map>
#include <vector>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

namespace kuramori::sandbox::pages {
namespace {

// As Debian's packages lay them; the first that is there.
constexpr std::array kChineseAndJapanese{"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
                                         "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
                                         "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
                                         "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"};
constexpr std::array kOthers{"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"};
constexpr char32_t kReplacement = 0xFFFD;
constexpr double kPixelUnits = 64;  // FreeType counts sixty-fourths
constexpr std::size_t kWidthsMax = 100'000;

// Mapped for as long as the process lives.
ByteView map_file(const char* path) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  struct stat about{};
  const bool is_known = ::fstat(file, &about) == 0 && about.st_size > 0;
  void* memory =
      is_known ? ::mmap(nullptr, static_cast<std::size_t>(about.st_size), PROT_READ, MAP_PRIVATE, file, 0)
               : MAP_FAILED;
  ::close(file);
  if (memory == MAP_FAILED) return {};
  return {static_cast<const std::uint8_t*>(memory), static_cast<std::size_t>(about.st_size)};
}

FT_Face open_face(FT_Library library, std::span<const char* const> paths) {
  for (const char* path : paths) {
    const ByteView file = map_file(path);
    FT_Face face = nullptr;
    if (!file.empty() &&
        FT_New_Memory_Face(library, file.data(), static_cast<FT_Long>(file.size()), 0, &face) == 0)
      return face;
  }
  return nullptr;
}

// How long the sequence is that begins with this octet, and what it carries; 0: it begins none.
struct Lead {
  std::size_t length = 0;
  char32_t bits = 0;
};
Lead lead_of(unsigned char octet) {
  if (octet < 0x80) return {1, octet};
  if (octet >= 0xC2 && octet < 0xE0) return {2, octet & 0x1FU};
  if (octet >= 0xE0 && octet < 0xF0) return {3, octet & 0x0FU};
  if (octet >= 0xF0 && octet < 0xF5) return {4, octet & 0x07U};
  return {};
}

bool is_letter(char32_t value, std::size_t length) {
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xD800 && value < 0xE000;
  return value >= kLeast[length] && value <= 0x10FFFF && !is_surrogate;
}

}  // namespace

std::u32string to_utf32(std::string_view utf8) {
  std::u32string text;
  text.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    Lead lead = lead_of(static_cast<unsigned char>(utf8[at]));
    bool is_good = lead.length > 0 && at + lead.length <= utf8.size();
    for (std::size_t i = 1; is_good && i < lead.length; ++i) {
      const auto octet = static_cast<unsigned char>(utf8[at + i]);
      is_good = (octet & 0xC0U) == 0x80U;
      lead.bits = lead.bits << 6U | (octet & 0x3FU);
    }
    is_good = is_good && is_letter(lead.bits, lead.length);
    text.push_back(is_good ? lead.bits : kReplacement);
    at += is_good ? lead.length : 1;
  }
  return text;
}

struct Typeface::State {
  FT_Library library = nullptr;
  std::vector<FT_Face> faces = {};
  std::unordered_map<char32_t, int> widths = {};

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (library != nullptr) FT_Done_FreeType(library);  // and the faces that it opened
  }

  FT_Face face_of(char32_t letter) const {
    for (FT_Face face : faces) {
      if (FT_Get_Char_Index(face, letter) != 0) return face;
    }
    return faces.front();
  }

  // Calls for each covered pixel, by its place from the pen's origin.
  using Paint = std::function<void(int, int, std::uint8_t)>;
  static void paint(FT_GlyphSlot glyph, int left, int top, const Paint& put) {
    const FT_Bitmap& bitmap = glyph->bitmap;
    if (bitmap.pixel_mode != FT_PIXEL_MODE_GRAY) return;
    for (unsigned y = 0; y < bitmap.rows; ++y) {
      const unsigned char* row = bitmap.buffer + static_cast<std::ptrdiff_t>(y) * bitmap.pitch;
      for (unsigned x = 0; x < bitmap.width; ++x) {
        if (row[x] != 0)
          put(left + glyph->bitmap_left + static_cast<int>(x), top - glyph->bitmap_top + static_cast<int>(y),
              row[x]);
      }
    }
  }
  void draw(std::u32string_view text, const Pen& pen, double degrees, const Typeface& measure,
            const Paint& to) {
    const double angle = degrees * std::numbers::pi / 180;
    const auto fixed = [](double value) { return static_cast<FT_Fixed>(std::lround(value * 0x10000)); };
    FT_Matrix turn{fixed(std::cos(angle)), fixed(-std::sin(angle)), fixed(std::sin(angle)),
                   fixed(std::cos(angle))};
    double along = 0;
    for (const char32_t letter : text) {
      FT_Face face = face_of(letter);
      const double x = pen.left + along * std::cos(angle);
      const double y = pen.baseline - along * std::sin(angle);
      FT_Vector rest{std::lround((x - std::floor(x)) * kPixelUnits),
                     -std::lround((y - std::floor(y)) * kPixelUnits)};
      FT_Set_Transform(face, &turn, &rest);
      const bool is_drawn =
          FT_Set_Char_Size(face, 0, std::lround(pen.size * kPixelUnits), 72, 72) == 0 &&
          FT_Load_Glyph(face, FT_Get_Char_Index(face, letter), FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) == 0 &&
          FT_Render_Glyph(face->glyph, FT_RENDER_MODE_NORMAL) == 0;
      if (is_drawn) paint(face->glyph, static_cast<int>(std::floor(x)), static_cast<int>(std::floor(y)), to);
      along += measure.advance(letter) * pen.size / kUnits;
    }
  }
};

Typeface::Typeface(std::unique_ptr<State> state) : state_(std::move(state)) {}
Typeface::~Typeface() = default;

const Typeface* Typeface::shared() {
  static const std::unique_ptr<const Typeface> kFace = []() -> std::unique_ptr<const Typeface> {
    auto state = std::make_unique<State>();
    if (FT_Init_FreeType(&state->library) != 0) return nullptr;
    FT_Face first = open_face(state->library, kChineseAndJapanese);
    if (first == nullptr) return nullptr;
    state->faces.push_back(first);
    if (FT_Face second = open_face(state->library, kOthers); second != nullptr)
      state->faces.push_back(second);
    return std::unique_ptr<const Typeface>(new Typeface(std::move(state)));
  }();
  return kFace.get();
}

int Typeface::advance(char32_t letter) const {
  const auto known = state_->widths.find(letter);
  if (known != state_->widths.end()) return known->second;
  FT_Face face = state_->face_of(letter);
  int width = kUnits;
  if (FT_Load_Glyph(face, FT_Get_Char_Index(face, letter), FT_LOAD_NO_SCALE) == 0 && face->units_per_EM > 0)
    width = static_cast<int>(face->glyph->advance.x * kUnits / face->units_per_EM);
  if (state_->widths.size() < kWidthsMax) state_->widths.emplace(letter, width);
  return width;
}

int Typeface::width_of(std::u32string_view text) const {
  int width = 0;
  for (const char32_t letter : text) width += advance(letter);
  return width;
}

void Typeface::draw(std::u32string_view text, const Pen& pen, Canvas& canvas) const {
  state_->draw(text, pen, 0, *this, [&](int x, int y, std::uint8_t cover) { canvas.ink(x, y, cover); });
}

void Typeface::draw_turned(std::u32string_view text, const Pen& pen, double degrees, Mask& mask) const {
  state_->draw(text, pen, degrees, *this, [&](int x, int y, std::uint8_t cover) { mask.put(x, y, cover); });
}

}  // namespace kuramori::sandbox::pages
