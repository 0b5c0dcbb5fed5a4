// The job "page": one page of an untrusted file as a picture that names who looks at it, or how many pages
// there are (page_job.hpp).
#pragma once
#include "sandbox/frames.hpp"
#include "sandbox/page_job.hpp"

namespace kuramori::sandbox::pages {

Answer make_page(ByteView parameters, ByteView file);
// Loads the fonts and uses everything once. False when there is no font with Chinese and Japanese.
bool warm();

}  // namespace kuramori::sandbox::pages
