// The job "thumbnail".
#pragma once
#include "sandbox/frames.hpp"

namespace kuramori::sandbox::pictures {

Answer make_thumbnail(ByteView parameters, ByteView file);

}  // namespace kuramori::sandbox::pictures
