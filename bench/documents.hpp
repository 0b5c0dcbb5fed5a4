// What it costs to read files in the sandbox.
#pragma once
#include <filesystem>

namespace kuramori::bench {

// Reads each file of the folder `rounds` times, one after the other and each in a process of its own, and
// prints how many a second that is, how much processor time one takes, and what their types are. False when
// one could not be read.
bool measure_documents(const std::filesystem::path& folder, std::size_t rounds);

}  // namespace kuramori::bench
