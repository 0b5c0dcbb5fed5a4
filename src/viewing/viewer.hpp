// Shows files page by page: to who uploaded them, who is asked to decide about them, and who sees a message
// with them. Pages are drawn in the sandbox, with the watermark over them.
//
//   auto sight = co_await viewer.sight_of(subject, id);
//   auto outline = co_await viewer.outline(std::move(permit), id, *sight);
//   auto page = co_await viewer.page(std::move(permit), id, {.sight = *sight, .number = 3, .width = 1'200});
//
// Thread-safe. Bounded by the sandbox: its processes, their limits, its queue.
#pragma once
#include <string>

#include "base/clock.hpp"
#include "media/library.hpp"
#include "sandbox/page_job.hpp"
#include "sandbox/sandbox.hpp"
#include "viewing/ports.hpp"

namespace kuramori::viewing {

struct Outline {
  sandbox::PageKind kind = sandbox::PageKind::Text;
  std::uint32_t pages = 1;
  bool is_cut = false;  // there is more than is shown
};

class Viewer {
 public:
  struct Ports {
    media::Library& library;
    Ties& ties;
    Readers& readers;
    sandbox::Sandbox& pages;
    const Clock& clock;
    std::string organisation;  // as the watermark names it
  };
  explicit Viewer(Ports ports) : ports_(std::move(ports)) {}

  using Sight = media::Library::Shown;
  // NotFound for whom nothing ties to the file, as if there were none.
  runtime::Task<Result<Sight>> sight_of(gate::Subject reader, media::MediaId id);

  struct Wish {
    Sight sight = Sight::Released;
    std::uint32_t number = 1;
    std::uint32_t width = 1'000;  // in pixels; at most and at least what the sandbox draws
  };
  // MediaView. Unsupported for what cannot be shown, NotFound for a page that there is not.
  runtime::Task<Result<Outline>> outline(gate::Permit permit, media::MediaId id, Sight sight);
  runtime::Task<Result<Bytes>> page(gate::Permit permit, media::MediaId id, Wish wish);
  // A picture as PNG with the watermark over it, in the size that it has.
  runtime::Task<Result<Bytes>> mark(UserId reader, Bytes picture);

 private:
  struct Drawn {
    sandbox::PageSummary summary;
    Bytes picture;
  };
  runtime::Task<Result<Drawn>> draw(sandbox::PageRequest request, sandbox::Input input);
  runtime::Task<std::vector<std::string>> mark_of(UserId reader);

  const Ports ports_;
};

}  // namespace kuramori::viewing
