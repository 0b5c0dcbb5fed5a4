// What is stored about files; the files themselves are in the blob store.
#pragma once
#include <array>

#include "storage/schema.hpp"

namespace kuramori::media {

// media(origin, media_id | uploader, blob, sealed_info, bytes, created_ms, expires_ms, held_ms): what an
// mxc:// URI names. `blob` is null while nothing was uploaded yet, and `expires_ms` says until when that may
// happen; of a file that is there, when it is removed. `uploader` is empty for files of the server itself.
// `held_ms` is set while an inspector has not released the file.
extern const storage::Table kMedia;
// media_blobs(blob | owner, digest, bytes, created_ms): what is in the blob store. `digest` finds what an
// owner has already; it is keyed, so that it says nothing about the file to whoever reads the table. Null for
// what we made ourselves.
extern const storage::Table kMediaBlobs;
// media_usage(owner | bytes, files)
extern const storage::Table kMediaUsage;
inline constexpr std::size_t kUsageBytes = 1;  // ordinals of its columns
inline constexpr std::size_t kUsageFiles = 2;
// media_thumbnails(source, variant | blob, content_type, bytes)
extern const storage::Table kMediaThumbnails;

std::array<const storage::Table*, 4> tables();

}  // namespace kuramori::media
