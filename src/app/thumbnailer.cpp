#include "app/thumbnailer.hpp"

#include <algorithm>
#include <thread>

#include "sandbox/thumbnail_job.hpp"

namespace kuramori::app {
namespace {

constexpr std::size_t kWaitingMax = 64;
constexpr unsigned kProcessesMax = 8;

std::size_t processes(const Config& config) {
  if (config.media.thumbnail_processes > 0) return static_cast<std::size_t>(config.media.thumbnail_processes);
  return std::clamp(std::thread::hardware_concurrency() / 2, 1U, kProcessesMax);
}

Error too_large() {
  return Error(ErrorCode::TooLarge, "M_TOO_LARGE",
               "This picture is too large for thumbnails to be made of it; download the file.");
}

Error no_picture(std::string detail) {
  return Error(ErrorCode::Unsupported, "M_UNKNOWN",
               "No thumbnail can be made of this file: it is no undamaged PNG, JPEG, GIF or WebP picture.")
      .with_detail(std::move(detail));
}

sandbox::ThumbnailRequest request_of(const media::ThumbnailWish& wish, std::uint64_t pixels_max) {
  using Method = sandbox::ThumbnailRequest::Method;
  using Movement = sandbox::ThumbnailRequest::Movement;
  sandbox::ThumbnailRequest request{.width = wish.width, .height = wish.height, .pixels_max = pixels_max};
  switch (wish.method) {
    case media::ThumbnailWish::Method::Crop:
      request.method = Method::Crop;
      break;
    case media::ThumbnailWish::Method::Scale:
      request.method = Method::Scale;
      break;
    case media::ThumbnailWish::Method::Original:
      request.method = Method::Original;
      break;
  }
  request.movement = wish.movement == media::ThumbnailWish::Movement::Keep ? Movement::Keep : Movement::Still;
  return request;
}

// What the process says of itself is checked: it may have been taken over by the picture.
Result<media::Thumbnailer::Made> to_made(sandbox::Outcome outcome) {
  const auto summary = sandbox::ThumbnailSummary::decode(outcome.summary);
  if (!summary) return no_picture("the summary is malformed");
  using Kind = sandbox::ThumbnailSummary::Kind;
  if ((summary->kind == Kind::AsItIs) != outcome.output.empty())
    return no_picture("the answer contradicts itself");
  if (summary->kind == Kind::Made && sandbox::picture_type_of(outcome.output) != summary->type)
    return no_picture("the answer is not of the type that it says");
  return media::Thumbnailer::Made{.content_type = std::string(sandbox::media_type(summary->type)),
                                  .picture = std::move(outcome.output)};
}

}  // namespace

sandbox::Sandbox::Options thumbnail_sandbox(const Config& config) {
  return {.program = sandbox::Sandbox::program_beside_this(),
          .job = "thumbnail",
          .limits = {.memory_bytes = static_cast<std::uint64_t>(config.media.thumbnail_memory_bytes),
                     .input_bytes = static_cast<std::uint64_t>(config.media.upload_bytes_max)},
          .processes = processes(config),
          .queue_max = kWaitingMax};
}

SandboxedThumbnailer::SandboxedThumbnailer(const Config& config, const Environment& environment)
    : pixels_max_(static_cast<std::uint64_t>(config.media.thumbnail_pixels_max)),
      sandbox_({.clock = environment.clock, .metrics = environment.metrics, .log = environment.log},
               thumbnail_sandbox(config)) {}

runtime::Task<Result<media::Thumbnailer::Made>> SandboxedThumbnailer::make(media::ThumbnailWish wish,
                                                                           media::PieceFeed original) {
  Bytes parameters = request_of(wish, pixels_max_).encode();
  auto outcome = co_await sandbox_.run(std::move(parameters), std::move(original));
  if (!outcome) co_return std::move(outcome).error();
  switch (outcome->ending) {
    case sandbox::Ending::Done:
      co_return to_made(*std::move(outcome));
    case sandbox::Ending::Refused:
      if (sandbox::decode_refusal(outcome->summary) == sandbox::PictureRefusal::TooLarge)
        co_return too_large();
      co_return no_picture("refused");
    case sandbox::Ending::OutOfMemory:
    case sandbox::Ending::OutOfTime:
      co_return too_large();
    default:
      co_return no_picture(std::string(sandbox::to_string(outcome->ending)));
  }
}

}  // namespace kuramori::app
