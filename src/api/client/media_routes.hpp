// Endpoints of the content repository.
#pragma once
#include <functional>

#include "api/client/pipeline.hpp"
#include "media/library.hpp"
#include "previews/previews.hpp"
#include "viewing/viewer.hpp"

namespace kuramori::api::client {

enum class OldDownloads : bool { Frozen, Open };

struct MediaOptions {
  // The endpoints without authentication: frozen ones answer as if there were no file.
  OldDownloads old_downloads = OldDownloads::Frozen;
};

// Lives as long as the router.
struct MediaServices {
  media::Library& library;
  // A file was opened for somebody, for the record.
  std::function<void(const gate::Subject&, const media::MediaId&)> delivered = {};
  MediaOptions options = {};
  previews::Previews* previews = nullptr;  // null: none are made
  viewing::Viewer* viewer = nullptr;       // null: what a rule wants watermarked is not given out
};

void add_media_upload_routes(net::Router& router, Pipeline& pipeline, MediaServices& services);
void add_media_download_routes(net::Router& router, Pipeline& pipeline, MediaServices& services);
void add_media_preview_routes(net::Router& router, Pipeline& pipeline, MediaServices& services);

// All of them.
void add_media_routes(net::Router& router, Pipeline& pipeline, MediaServices& services);

}  // namespace kuramori::api::client
