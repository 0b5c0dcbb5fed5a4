// Loads libvips and everything of it that thumbnails use.
#pragma once

namespace kuramori::sandbox::pictures {

bool warm();

}  // namespace kuramori::sandbox::pictures
