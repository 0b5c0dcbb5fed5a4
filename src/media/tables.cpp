#include "media/tables.hpp"

namespace kuramori::media {

using storage::ColumnType;
using storage::Nullable;
using storage::Table;

const Table kMedia{.name = "media",
                   .columns = {{"origin", ColumnType::Text},
                               {"media_id", ColumnType::Text},
                               {"uploader", ColumnType::Text},
                               {"blob", ColumnType::Text, Nullable::Yes},
                               {"sealed_info", ColumnType::Blob, Nullable::Yes},
                               {"bytes", ColumnType::Integer, Nullable::Yes},
                               {"created_ms", ColumnType::Integer},
                               {"expires_ms", ColumnType::Integer, Nullable::Yes},
                               {"held_ms", ColumnType::Integer, Nullable::Yes}},
                   .key_columns = 2,
                   .indexes = {{"media_of_uploader", {"uploader", "expires_ms"}},
                               {"media_of_blob", {"blob"}},
                               {"media_by_expiry", {"expires_ms"}},
                               {"media_held", {"held_ms"}}}};

const Table kMediaBlobs{.name = "media_blobs",
                        .columns = {{"blob", ColumnType::Text},
                                    {"owner", ColumnType::Text},
                                    {"digest", ColumnType::Blob, Nullable::Yes},
                                    {"bytes", ColumnType::Integer},
                                    {"created_ms", ColumnType::Integer}},
                        .key_columns = 1,
                        .indexes = {{"media_blobs_of_owner", {"owner", "digest"}, true}}};

const Table kMediaUsage{
    .name = "media_usage",
    .columns = {{"owner", ColumnType::Text}, {"bytes", ColumnType::Integer}, {"files", ColumnType::Integer}},
    .key_columns = 1,
    .indexes = {}};

const Table kMediaThumbnails{.name = "media_thumbnails",
                             .columns = {{"source", ColumnType::Text},
                                         {"variant", ColumnType::Text},
                                         {"blob", ColumnType::Text},
                                         {"content_type", ColumnType::Text},
                                         {"bytes", ColumnType::Integer}},
                             .key_columns = 2,
                             .indexes = {}};

std::array<const Table*, 4> tables() {
  return {&kMedia, &kMediaBlobs, &kMediaUsage, &kMediaThumbnails};
}

}  // namespace kuramori::media
