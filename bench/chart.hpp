#pragma once
// The summary as a picture: for each scenario what the servers do per CPU second, as bars on a logarithmic
// scale, since they differ by orders of magnitude; the figure stands beside each bar.

#include <string>

#include "summary.hpp"

namespace kuramori::bench {

std::string render_chart(const Summary& summary);

}  // namespace kuramori::bench
