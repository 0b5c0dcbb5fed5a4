// What media asks others to provide.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/identifiers.hpp"
#include "crypto/hash.hpp"
#include "media/content_uri.hpp"
#include "media/thumbnail_wish.hpp"
#include "runtime/task.hpp"

namespace kuramori::media {

// Where an uploaded file comes from, part by part.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At least one octet, 0 at the end.
  virtual runtime::Task<Result<std::size_t>> read(std::span<std::uint8_t> into) = 0;
};

class OpenFile;

// Decides whether a file may be given out (malware, classified content). Without one, files are released at
// once. Until it has answered, nobody can download the file; after a restart it is asked again.
class Inspector {
 public:
  // Hold: until somebody decides, or asks for it to be examined again.
  enum class Verdict : std::uint8_t { Release, Remove, Hold };
  virtual ~Inspector() = default;
  // An error leaves the file held; it is asked again later.
  virtual runtime::Task<Result<Verdict>> examine(MediaId id, UserId uploader,
                                                 std::shared_ptr<OpenFile> file) = 0;
};

// A file piece by piece, empty at its end; a piece is valid until the next call. It may block: for a thread
// of whoever takes it.
using PieceFeed = std::move_only_function<Result<ByteView>()>;

// Makes pictures smaller, without trusting them.
class Thumbnailer {
 public:
  struct Made {
    std::string content_type;  // as the content is, whatever the uploader said
    Bytes picture;             // empty: the original serves as it is
  };
  virtual ~Thumbnailer() = default;
  // Unsupported when it is no picture, TooLarge when it would take too much, Exhausted when too many wait.
  virtual runtime::Task<Result<Made>> make(ThumbnailWish wish, PieceFeed original) = 0;
};

}  // namespace kuramori::media
