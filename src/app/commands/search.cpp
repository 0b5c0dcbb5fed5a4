#include <iostream>

#include "app/commands/command_line.hpp"

namespace kuramori::app {
namespace {

void run(CommandLine line, const char* operation, const AdminOutput& output) {
  administer_and_print(
      line, {operation, {}},
      [](const json::Object& r) {
        std::cout << "Indexed up to position " << json::integer_or(r, "indexed_position", 0) << " of "
                  << json::integer_or(r, "stream_position", 0) << '\n';
      },
      output);
}

}  // namespace

void add_search_command(CommandLine line) {
  CLI::App* search = line.application.add_subcommand("search", "Look after the search index");
  search->require_subcommand(1);
  CLI::App* rebuild = add_subcommand(*search, line.options, "rebuild",
                                     "Make the search index again from the stored events, and wait for it",
                                     "  kuramori search rebuild");
  rebuild->callback([line] { run(line, "search.rebuild", progress_output("Indexing")); });
}

}  // namespace kuramori::app
