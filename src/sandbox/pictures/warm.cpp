#include "sandbox/pictures/warm.hpp"

#include <unistd.h>
#include <vips/vips.h>

#include <cstdlib>
#include <cstring>

#include "sandbox/confinement.hpp"
#include "sandbox/pictures/picture.hpp"
#include "sandbox/pictures/thumbnail.hpp"

namespace kuramori::sandbox::pictures {
namespace {

constexpr int kSide = 48;
constexpr int kFrames = 3;

// GLib ends the process when it gets no memory, and says so first.
GLogWriterOutput write_log(GLogLevelFlags, const GLogField* fields, gsize count, gpointer) {
  for (gsize i = 0; i < count; ++i) {
    if (std::strcmp(fields[i].key, "MESSAGE") != 0) continue;
    if (std::strstr(static_cast<const char*>(fields[i].value), "failed to allocate") != nullptr)
      ::_exit(kExitOutOfMemory);
  }
  return G_LOG_WRITER_HANDLED;
}

// Four parsers, and no other: whatever a file is called or claims to be.
void block_other_parsers() {
  vips_operation_block_set("VipsForeignLoad", TRUE);
  for (const char* parser :
       {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadNsgif", "VipsForeignLoadWebp"})
    vips_operation_block_set(parser, FALSE);
}

Picture gradient(int bands) {
  VipsImage* image = nullptr;
  if (vips_black(&image, kSide, kSide * kFrames, "bands", bands, nullptr) != 0) return nullptr;
  const Picture black(image);
  VipsImage* noisy = nullptr;
  const double one[] = {1, 1, 1, 1};
  const double value[] = {10, 80, 160, 200};
  if (vips_linear(black.get(), &noisy, one, value, bands, "uchar", TRUE, nullptr) != 0) return nullptr;
  const Picture coloured(noisy);
  VipsImage* copy = nullptr;
  if (vips_copy(coloured.get(), &copy, "interpretation", VIPS_INTERPRETATION_sRGB, nullptr) != 0)
    return nullptr;
  return Picture(copy);
}

enum class Runs : std::uint8_t { Still, Both };

// Starting is paid for by every thumbnail, so nothing is used twice that one use loads.
bool use(VipsImage* image, const char* suffix, Runs runs) {
  void* memory = nullptr;
  std::size_t bytes = 0;
  if (vips_image_write_to_buffer(image, suffix, &memory, &bytes, nullptr) != 0) return false;
  const ByteView file(static_cast<const std::uint8_t*>(memory), bytes);
  ThumbnailRequest request{.method = ThumbnailRequest::Method::Crop, .width = 16, .height = 12};
  bool is_good = make_thumbnail(request.encode(), file).verdict == Verdict::Done;
  if (runs == Runs::Both) {
    request.movement = ThumbnailRequest::Movement::Keep;
    is_good = is_good && make_thumbnail(request.encode(), file).verdict == Verdict::Done;
  }
  g_free(memory);
  return is_good;
}

bool use_with_metadata(VipsImage* image) {
  VipsBlob* profile = nullptr;
  if (vips_profile_load("srgb", &profile, nullptr) != 0) return false;
  std::size_t bytes = 0;
  const void* data = vips_blob_get(profile, &bytes);
  vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, data, bytes);
  vips_area_unref(reinterpret_cast<VipsArea*>(profile));
  vips_image_set_int(image, VIPS_META_ORIENTATION, 6);
  return use(image, ".jpg[interlace]", Runs::Still);
}

bool use_cmyk(VipsImage* image) {
  VipsImage* cmyk = nullptr;
  if (vips_colourspace(image, &cmyk, VIPS_INTERPRETATION_CMYK, nullptr) != 0) return false;
  const Picture picture(cmyk);
  return use(picture.get(), ".jpg", Runs::Still);
}

}  // namespace

bool warm() {
  // Its further parsers are modules on the disk: none is loaded. Nothing is spilled to temporary files, and
  // no code is written to be run.
  ::setenv("VIPSHOME", "/nonexistent", 1);
  ::setenv("VIPS_DISC_THRESHOLD", "1000g", 1);
  ::setenv("VIPS_NOVECTOR", "1", 1);
  g_log_set_writer_func(write_log, nullptr, nullptr);
  if (VIPS_INIT("kuramori-sandbox") != 0) return false;
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  const Picture opaque = gradient(3);
  const Picture transparent = gradient(4);
  if (!opaque || !transparent) return false;
  vips_image_set_int(opaque.get(), VIPS_META_PAGE_HEIGHT, kSide);
  vips_image_set_int(transparent.get(), VIPS_META_PAGE_HEIGHT, kSide);
  const bool is_good = use(transparent.get(), ".png[interlace]", Runs::Still) &&
                       use(opaque.get(), ".png[palette]", Runs::Still) &&
                       use(transparent.get(), ".gif", Runs::Both) &&
                       use(transparent.get(), ".webp", Runs::Both) && use_cmyk(opaque.get()) &&
                       use_with_metadata(opaque.get());
  block_other_parsers();
  return is_good && use(opaque.get(), ".jpg", Runs::Still);
}

}  // namespace kuramori::sandbox::pictures
