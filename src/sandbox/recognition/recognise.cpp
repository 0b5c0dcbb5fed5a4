#include "sandbox/recognition/recognise.hpp"

#include <allheaders.h>
#include <dlfcn.h>
#include <tesseract/baseapi.h>
#include <tesseract/ocrclass.h>

#include <algorithm>
#include <memory>
#include <string>

#include "sandbox/ocr_job.hpp"

namespace kuramori::sandbox::recognition {
namespace {

// The languages of the product. Order is preference: a line is read with each.
constexpr const char* kLanguages = "eng+chi_sim+chi_tra+jpn";
constexpr int kDotsPerInch = 200;
constexpr int kSmallSide =
    1'000;  // pictures with smaller sides are doubled: letters of few pixels are not recognised

// Made while the process is warmed, for its one job.
std::unique_ptr<tesseract::TessBaseAPI>& engine() {
  static std::unique_ptr<tesseract::TessBaseAPI> made;
  return made;
}

// One thread: those of OpenMP wait by spinning.
void use_one_thread() {
  using SetThreads = void (*)(int);
  if (void* function = ::dlsym(RTLD_DEFAULT, "omp_set_num_threads"))
    reinterpret_cast<SetThreads>(function)(1);
}

// Its size by the head alone, before anything is decoded.
std::uint64_t pixels_of(ByteView file) {
  l_int32 format = 0;
  l_int32 width = 0;
  l_int32 height = 0;
  l_int32 bits = 0;
  l_int32 samples = 0;
  l_int32 has_map = 0;
  if (pixReadHeaderMem(file.data(), file.size(), &format, &width, &height, &bits, &samples, &has_map) != 0)
    return 0;
  if (width <= 0 || height <= 0) return 0;
  return static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
}

// Grey, on white where it was transparent, and large enough.
Picture prepared(Picture picture) {
  if (pixGetSpp(picture.get()) == 4) picture.reset(pixAlphaBlendUniform(picture.get(), 0xFFFFFF00));
  if (picture) picture.reset(pixConvertTo8(picture.get(), 0));
  if (!picture) return nullptr;
  if (pixGetWidth(picture.get()) < kSmallSide && pixGetHeight(picture.get()) < kSmallSide)
    picture.reset(pixScale(picture.get(), 2.0F, 2.0F));
  // Leptonica's readers leave a resolution of 0.
  if (picture) pixSetResolution(picture.get(), kDotsPerInch, kDotsPerInch);
  return picture;
}

Answer refused(OcrRefusal why) {
  return {.verdict = Verdict::Refused, .summary = encode(why), .output = {}};
}

}  // namespace

void FreePicture::operator()(Pix* picture) const {
  pixDestroy(&picture);
}

void silence() {
  setMsgSeverity(L_SEVERITY_NONE);
}

OpenedPicture open_picture(ByteView file, const OcrRequest& request) {
  const std::uint64_t pixels = pixels_of(file);
  if (pixels == 0) return {};
  if (pixels > request.pixels_max) return {.picture = nullptr, .refusal = OcrRefusal::TooLarge};
  Picture picture(pixReadMem(file.data(), file.size()));
  if (!picture) return {};
  return {.picture = prepared(std::move(picture))};
}

Answer recognise(ByteView parameters, ByteView file) {
  const auto request = OcrRequest::decode(parameters);
  if (!request || !engine()) return refused(OcrRefusal::NoPicture);
  const OpenedPicture opened = open_picture(file, *request);
  if (!opened.picture) return refused(opened.refusal);
  const Picture& picture = opened.picture;
  tesseract::TessBaseAPI& api = *engine();
  api.SetImage(picture.get());
  tesseract::ETEXT_DESC monitor;
  monitor.set_deadline_msecs(static_cast<int>(std::min<std::uint32_t>(request->time_ms_max, 3'600'000)));
  OcrSummary summary;
  if (api.Recognize(&monitor) != 0 || monitor.deadline_exceeded()) summary.read = OcrSummary::Read::UntilTime;
  const std::unique_ptr<char[]> text(api.GetUTF8Text());
  summary.confidence_percent = static_cast<std::uint32_t>(std::clamp(api.MeanTextConf(), 0, 100));
  const ByteView octets = as_bytes(text ? std::string_view(text.get()) : std::string_view());
  return {
      .verdict = Verdict::Done, .summary = summary.encode(), .output = Bytes(octets.begin(), octets.end())};
}

bool warm() {
  use_one_thread();
  silence();
  auto made = std::make_unique<tesseract::TessBaseAPI>();
  if (made->Init(nullptr, kLanguages, tesseract::OEM_LSTM_ONLY) != 0) return false;
  made->SetVariable("debug_file", "/dev/null");
  made->SetPageSegMode(tesseract::PSM_AUTO);
  engine() = std::move(made);
  return true;
}

}  // namespace kuramori::sandbox::recognition
