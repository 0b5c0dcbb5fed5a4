#include <iostream>

#include "app/commands/command_line.hpp"

namespace kuramori::app {
namespace {

void print_services(const json::Object& result) {
  const json::Array& list = *json::array_at(result, "application_services");
  if (list.empty()) std::cout << "No application services are registered.\n";
  for (const json::Value& item : list) {
    const json::Object& service = item.get_object();
    std::cout << json::string_or(service, "id", "") << "  " << json::string_or(service, "user_id", "");
    if (!json::bool_or(service, "receives_events", false)) {
      std::cout << "  receives nothing (url: null)";
    } else if (json::find(service, "received_position") == nullptr) {
      std::cout << "  not started yet";
    } else {
      std::cout << "  received " << json::integer_or(service, "received_position", 0) << " of "
                << json::integer_or(service, "stream_position", 0);
      if (json::bool_or(service, "transaction_under_way", false)) std::cout << "  waits for an answer";
    }
    std::cout << '\n';
  }
}

}  // namespace

void add_appservice_command(CommandLine line) {
  CLI::App* services = line.application.add_subcommand(
      "appservice", "Application services: bridges and bots that are registered");
  services->require_subcommand(1);
  CLI::App* list = add_subcommand(*services, line.options, "list",
                                  "Show what is registered, and how far each has received the stream",
                                  "  kuramori appservice list");
  list->callback([line] {
    administer_and_print(line, {.operation = "appservice.list", .arguments = {}}, print_services);
  });
}

}  // namespace kuramori::app
