#include "presidio.hpp"

#include <cstdio>
#include <fstream>
#include <memory>

#include "json/json.hpp"

namespace kuramori::bench {

std::optional<std::vector<PresidioFigure>> measure_presidio(const std::filesystem::path& folder,
                                                            const std::vector<std::string>& texts) {
  const std::filesystem::path file = folder / "texts.jsonl";
  {
    std::ofstream out(file, std::ios::trunc);
    for (const std::string& text : texts) out << json::serialize(json::Value(text)) << '\n';
    if (!out.flush()) return std::nullopt;
  }
  const std::string command =
      "bench/peers/presidio measure '" + folder.string() + "' '" + file.string() + "'";
  struct Close {
    void operator()(std::FILE* pipe) const { pclose(pipe); }
  };
  const std::unique_ptr<std::FILE, Close> pipe(popen(command.c_str(), "r"));
  if (pipe == nullptr) return std::nullopt;
  std::vector<PresidioFigure> figures;
  PresidioFigure figure;
  while (std::fscanf(pipe.get(), "%lf %zu", &figure.microseconds, &figure.found) == 2)
    figures.push_back(figure);
  return figures.size() == texts.size() ? std::optional(std::move(figures)) : std::nullopt;
}

}  // namespace kuramori::bench
