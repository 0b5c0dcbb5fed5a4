// kuramori user pushers: what notifies a person's devices.
#include <iostream>

#include "app/commands/command_line.hpp"

namespace kuramori::app {
namespace {

struct PusherOptions {
  std::string user;
  std::string id;
  bool all = false;
};
using PusherOptionsPtr = std::shared_ptr<PusherOptions>;

void print_pushers(const json::Array& list) {
  for (const json::Value& item : list) {
    const json::Object& pusher = item.get_object();
    std::cout << json::string_or(pusher, "id", "") << "  " << json::string_or(pusher, "kind", "") << "  "
              << json::string_or(pusher, "app_id", "") << "  device "
              << json::string_or(pusher, "device_id", "");
    if (const auto gateway = json::string_or(pusher, "gateway", ""); !gateway.empty())
      std::cout << "  by " << gateway;
    std::cout << "  since " << json::string_or(pusher, "created", "") << '\n';
  }
}

void ask(CommandLine line, const AdminRequest& request, std::string_view list, std::string_view none) {
  administer_and_print(line, request, [list, none](const json::Object& r) {
    const json::Array& pushers = *json::array_at(r, list);
    if (pushers.empty()) std::cout << none << '\n';
    print_pushers(pushers);
  });
}

void add_list(CLI::App& parent, CommandLine line, const PusherOptionsPtr& o) {
  CLI::App* command =
      add_subcommand(parent, line.options, "list", "Show the pushers of an account, without their secrets",
                     "  kuramori user pushers list aiko");
  command->add_option("name", o->user, "Name of the account")->required();
  command->callback([line, o] {
    ask(line, {"user.pushers.list", {{"user", o->user}}}, "pushers", "The account has no pushers.");
  });
}

void add_remove(CLI::App& parent, CommandLine line, const PusherOptionsPtr& o) {
  CLI::App* command =
      add_subcommand(parent, line.options, "remove",
                     "Remove pushers: nothing is sent through them any more, until a client sets one again",
                     "  kuramori user pushers remove aiko ID\n"
                     "  kuramori user pushers remove aiko --all");
  command->add_option("name", o->user, "Name of the account")->required();
  command->add_option("id", o->id, "Which, as 'kuramori user pushers list' shows it");
  command->add_flag("--all", o->all, "All pushers of the account");
  command->callback([line, o] {
    if (o->all != o->id.empty()) {
      print_error(invalid_argument("Give the id of a pusher, or --all."));
      line.outcome = ExitCode::Usage;
      return;
    }
    json::Object arguments{{"user", o->user}};
    if (o->all) arguments["all"] = true;
    if (!o->all) arguments["id"] = o->id;
    ask(line, {"user.pushers.remove", std::move(arguments)}, "removed", "The account had no pushers.");
  });
}

}  // namespace

void add_user_pushers_command(CLI::App& user, CommandLine line) {
  CLI::App* pushers = user.add_subcommand("pushers", "What notifies a person's devices");
  pushers->require_subcommand(1);
  const auto options = std::make_shared<PusherOptions>();
  add_list(*pushers, line, options);
  add_remove(*pushers, line, options);
}

}  // namespace kuramori::app
