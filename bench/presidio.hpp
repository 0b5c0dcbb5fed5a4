// Microsoft Presidio on the same texts, in the same run: bench/peers/presidio.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace kuramori::bench {

struct PresidioFigure {
  double microseconds = 0;  // of one call, the median
  std::size_t found = 0;
};

// `folder` is where `bench/peers/presidio install` put it. Nothing when it does not run; it says why itself.
std::optional<std::vector<PresidioFigure>> measure_presidio(const std::filesystem::path& folder,
                                                            const std::vector<std::string>& texts);

}  // namespace kuramori::bench
