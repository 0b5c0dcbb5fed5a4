// Any bytes, from either side of the sandbox's pipe: the first says how they are cut, the second which side
// sends. However they are cut, the same must come out, within its bounds.
#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"
#include "sandbox/extract_job.hpp"
#include "sandbox/frames.hpp"
#include "sandbox/ocr_job.hpp"
#include "sandbox/page_job.hpp"
#include "sandbox/thumbnail_job.hpp"

namespace {

using namespace kuramori;
using namespace kuramori::sandbox;

constexpr std::size_t kMax = 1'000;

template <class Reader>
Reading feed_by(Reader& reader, ByteView bytes, std::size_t step) {
  Reading reading = Reading::More;
  while (!bytes.empty()) {
    const ByteView part = bytes.first(std::min(step, bytes.size()));
    bytes = bytes.subspan(part.size());
    reading = reader.feed(part);
  }
  return reading;
}

void as_worker(ByteView bytes, std::size_t step) {
  RequestReader whole(kMax);
  RequestReader cut(kMax);
  const Reading reading = feed_by(whole, bytes, bytes.size());
  ensure(feed_by(cut, bytes, step) == reading, "how bytes are cut changes what they mean");
  ensure(whole.input().size() <= kMax && whole.parameters().size() <= kParametersBytesMax, "over the limit");
  if (reading != Reading::Complete) return;
  ensure(whole.input() == cut.input() && whole.parameters() == cut.parameters(), "cut differently");
  if (const auto request = ThumbnailRequest::decode(whole.parameters())) {
    ensure(request->encode() == whole.parameters(), "a request is what it was");
  }
  if (const auto request = PageRequest::decode(whole.parameters())) {
    ensure(request->encode() == whole.parameters(), "a request is what it was");
  }
  if (const auto request = ExtractRequest::decode(whole.parameters())) {
    ensure(request->encode() == whole.parameters(), "a request is what it was");
  }
}

void as_server(ByteView bytes, std::size_t step) {
  AnswerReader whole(kMax);
  AnswerReader cut(kMax);
  const Reading reading = feed_by(whole, bytes, bytes.size());
  ensure(feed_by(cut, bytes, step) == reading, "how bytes are cut changes what they mean");
  const Answer answer = std::move(whole).take();
  const Answer again = std::move(cut).take();
  ensure(answer.output.size() <= kMax && answer.summary.size() <= kSummaryBytesMax, "over the limit");
  if (reading != Reading::Complete) return;
  ensure(answer.output == again.output && answer.summary == again.summary, "cut differently");
  if (const auto summary = ThumbnailSummary::decode(answer.summary)) {
    ensure(summary->encode() == answer.summary, "a summary is what it was");
    ensure(!media_type(summary->type).empty(), "a picture has a media type");
  }
  if (const auto summary = PageSummary::decode(answer.summary)) {
    ensure(summary->encode() == answer.summary, "a summary is what it was");
  }
  static_cast<void>(decode_refusal(answer.summary));
  static_cast<void>(decode_page_refusal(answer.summary));
  static_cast<void>(decode_ocr_refusal(answer.summary));
  if (const auto summary = OcrSummary::decode(answer.summary)) {
    ensure(summary->encode() == answer.summary, "a summary is what it was");
  }
  if (const auto extract = Extract::decode(answer.output)) {
    ensure(extract->encode() == answer.output, "an extract is what it was");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::size_t step = std::size_t{1} + data[0];
  const ByteView bytes(data + 2, size - 2);
  if ((data[1] & 1) == 0) {
    as_worker(bytes, step);
  } else {
    as_server(bytes, step);
  }
  return 0;
}
