// Who looks, and when, over the whole of a page: aslant, again and again, so close that a part cut out of the
// page still bears one, and on dark ground as well as on light.
#pragma once
#include <span>
#include <string>

#include "sandbox/pages/canvas.hpp"
#include "sandbox/pages/typeface.hpp"

namespace kuramori::sandbox::pages {

void add_watermark(Canvas& canvas, std::span<const std::string> lines, const Typeface& face);

}  // namespace kuramori::sandbox::pages
