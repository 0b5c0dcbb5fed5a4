// What previews ask others to provide.
#pragma once
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "previews/page_url.hpp"
#include "runtime/task.hpp"

namespace kuramori::previews {

struct Page {
  int status = 0;
  std::string content_type = {};
  std::string location = {};  // of a redirect
  std::string body = {};
};

// Fetches one resource without following redirects. Where the place is public, it must never connect to
// anything that is not, whatever a name resolves to at that moment (Forbidden).
class PageFetcher {
 public:
  virtual ~PageFetcher() = default;
  virtual runtime::Task<Result<Page>> fetch(std::string url, Place place, std::size_t bytes_max) = 0;
};

// Keeps a picture as the server's own where clients can download it, for at least so long; its mxc:// URI.
class PictureKeeper {
 public:
  virtual ~PictureKeeper() = default;
  virtual runtime::Task<Result<std::string>> keep(std::string content_type, std::string content,
                                                  Milliseconds at_least) = 0;
};

}  // namespace kuramori::previews
