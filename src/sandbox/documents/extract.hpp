// The job "extract".
#pragma once
#include "sandbox/frames.hpp"

namespace kuramori::sandbox::documents {

Answer extract(ByteView parameters, ByteView file);
// Loads and uses once what needs files of the system: tables of types, of encodings, of fonts.
bool warm();

}  // namespace kuramori::sandbox::documents
