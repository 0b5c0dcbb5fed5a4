// kuramori links: lists of dangerous links, what was withdrawn, who opened what. kuramori brake: stopped
// accounts.
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/commands/command_line.hpp"

namespace kuramori::app {
namespace {

struct LinkOptions {
  std::string pattern;
  std::string match;
  std::string reason;
  std::string expires;
  std::string source;
  std::string file;
  std::string location;
  std::string format = "domains";
  std::int64_t interval_s = 0;
  bool allow = false;
  bool remove = false;
};
using LinkOptionsPtr = std::shared_ptr<LinkOptions>;

json::Object entry_arguments(const LinkOptions& o) {
  json::Object arguments{{"pattern", o.pattern},
                         {"match", o.match},
                         {"reason", o.reason},
                         {"action", o.allow ? "allow" : "block"}};
  if (!o.expires.empty()) arguments["expires"] = o.expires;
  return arguments;
}

void print_difference(const json::Object& r) {
  std::cout << json::integer_or(r, "added", 0) << " added, " << json::integer_or(r, "removed", 0)
            << " removed, " << json::integer_or(r, "unchanged", 0) << " unchanged, "
            << json::integer_or(r, "bad", 0) << " lines not understood\n";
  for (const json::Value& line : *json::array_at(r, "bad_lines")) {
    const json::Object& bad = line.get_object();
    std::cout << "  line " << json::integer_or(bad, "line", 0) << ": " << json::string_or(bad, "problem", "")
              << '\n';
  }
}

void print_take_down(const json::Object& take_down) {
  std::cout << json::string_or(take_down, "since", "") << "  " << json::string_or(take_down, "source", "")
            << "  " << json::integer_or(take_down, "found", 0) << " messages, "
            << json::integer_or(take_down, "withdrawn", 0) << " withdrawn, "
            << json::integer_or(take_down, "failed", 0) << " not\n";
  for (const json::Value& value : *json::array_at(take_down, "messages")) {
    const json::Object& message = value.get_object();
    std::cout << "  " << json::string_or(message, "sender", "") << "  "
              << json::string_or(message, "room", "") << "  " << json::string_or(message, "event", "") << "  "
              << json::string_or(message, "outcome", "") << '\n';
  }
}

void print_list(const json::Object& r) {
  for (const json::Value& value : *json::array_at(r, "sources")) {
    const json::Object& source = value.get_object();
    std::cout << "list " << json::string_or(source, "name", "") << "  "
              << json::string_or(source, "action", "") << "  " << json::integer_or(source, "entries", 0)
              << " entries  " << json::string_or(source, "location", "") << "  refreshed "
              << json::string_or(source, "refreshed", "never");
    if (const auto failure = json::string_or(source, "failure", ""); !failure.empty()) {
      std::cout << "  failed " << json::string_or(source, "failed", "") << ": " << failure;
    }
    std::cout << '\n';
  }
  for (const json::Value& value : *json::array_at(r, "entries")) {
    const json::Object& entry = value.get_object();
    std::cout << json::string_or(entry, "action", "") << "  " << json::string_or(entry, "match", "") << "  "
              << json::string_or(entry, "pattern", "") << "  " << json::string_or(entry, "reason", "")
              << '\n';
  }
  for (const json::Value& name : *json::array_at(r, "protected_names")) {
    std::cout << "protected  " << json::view(name.get_string()) << '\n';
  }
  for (const json::Value& take_down : *json::array_at(r, "take_downs"))
    print_take_down(take_down.get_object());
}

void print_openings(const json::Object& r) {
  const json::Array& openings = *json::array_at(r, "openings");
  if (openings.empty()) std::cout << "Nobody opened it through the page that checks links.\n";
  for (const json::Value& value : openings) {
    const json::Object& opening = value.get_object();
    const auto user = json::string_or(opening, "user", "");
    std::cout << json::string_or(opening, "time", "") << "  " << (user.empty() ? "(not logged in)" : user)
              << "  " << json::string_or(opening, "passage", "") << "  "
              << json::string_or(opening, "url", "") << '\n';
  }
}

void add_entry_options(CLI::App& command, const LinkOptionsPtr& o) {
  command
      .add_option("pattern", o->pattern, "Host, domain (evil.example, *.evil.example) or address with a path")
      ->required();
  command.add_option("--match", o->match, "host, domain or path; told by the form when left out");
}

void add_listing(CLI::App& parent, CommandLine line) {
  CLI::App* command =
      add_subcommand(parent, line.options, "list", "Show lists, entries made by hand and what was withdrawn",
                     "  kuramori links list");
  command->callback([line] { administer_and_print(line, {"links.list", {}}, print_list); });
}

void add_adding(CLI::App& parent, CommandLine line) {
  const auto o = std::make_shared<LinkOptions>();
  CLI::App* command = add_subcommand(parent, line.options, "add", "Block a host, domain or path, or allow it",
                                     "  kuramori links add evil.example --reason phishing\n"
                                     "  kuramori links add partner.example --allow");
  add_entry_options(*command, o);
  command->add_flag("--allow", o->allow, "Put it on the allow list");
  command->add_option("--reason", o->reason, "Why; people read it");
  command->add_option("--expires", o->expires, "Until when (2026-12-31)");
  command->callback([line, o] {
    administer_and_print(line, {"links.add", entry_arguments(*o)}, [](const json::Object& r) {
      std::cout << json::string_or(r, "action", "") << " " << json::string_or(r, "pattern", "") << '\n';
    });
  });
}

void add_taking_down(CLI::App& parent, CommandLine line) {
  const auto o = std::make_shared<LinkOptions>();
  CLI::App* command = add_subcommand(parent, line.options, "take-down",
                                     "Block, withdraw every message with it now, and show whose they were",
                                     "  kuramori links take-down https://evil.example/pay --reason phishing");
  add_entry_options(*command, o);
  command->add_option("--reason", o->reason, "Why; people read it");
  command->callback(
      [line, o] { administer_and_print(line, {"links.take_down", entry_arguments(*o)}, print_take_down); });
}

void add_removing(CLI::App& parent, CommandLine line) {
  const auto o = std::make_shared<LinkOptions>();
  CLI::App* command =
      add_subcommand(parent, line.options, "remove", "Remove an entry made by hand, or a whole list",
                     "  kuramori links remove evil.example\n"
                     "  kuramori links remove --list police");
  command->add_option("pattern", o->pattern, "As it was added");
  command->add_option("--match", o->match, "host, domain or path");
  command->add_option("--list", o->source, "A list with all its entries");
  command->callback([line, o] {
    json::Object arguments = entry_arguments(*o);
    arguments["source"] = o->source;
    administer_and_print(line, {"links.remove", std::move(arguments)}, [](const json::Object& r) {
      std::cout << "removed " << json::string_or(r, "removed", "") << '\n';
    });
  });
}

void add_importing(CLI::App& parent, CommandLine line) {
  const auto o = std::make_shared<LinkOptions>();
  CLI::App* command = add_subcommand(
      parent, line.options, "import", "Read a list from a file, or from a place that is looked at again",
      "  kuramori links import police domains.txt --reason \"police list\"\n"
      "  kuramori links import feed --from https://lists.example/hosts --format hosts --every 86400");
  command->add_option("list", o->source, "The list's name: its former entries are replaced")->required();
  command->add_option("file", o->file, "The file to read once");
  command->add_option("--from", o->location, "Absolute path or address that the server reads itself");
  command->add_option("--every", o->interval_s, "Seconds between refreshes");
  command->add_option("--format", o->format, "hosts, csv or domains");
  command->add_flag("--allow", o->allow, "An allow list");
  command->add_option("--reason", o->reason, "Why; people read it");
  command->add_option("--expires", o->expires, "Until when");
  command->callback([line, o] {
    if (o->file.empty() == o->location.empty()) {
      print_error(invalid_argument("Give a file, or --from."));
      line.outcome = ExitCode::Usage;
      return;
    }
    json::Object arguments{
        {"source", o->source},  {"format", o->format},     {"action", o->allow ? "allow" : "block"},
        {"reason", o->reason},  {"location", o->location}, {"interval_s", o->interval_s},
        {"expires", o->expires}};
    if (!o->file.empty()) {
      std::ifstream in(o->file, std::ios::binary);
      std::ostringstream text;
      text << in.rdbuf();
      if (!in) {
        print_error(not_found("The file '" + o->file + "' cannot be read."));
        line.outcome = ExitCode::Usage;
        return;
      }
      arguments["text"] = text.str();
    }
    administer_and_print(line, {"links.import", std::move(arguments)}, print_difference);
  });
}

void add_refreshing(CLI::App& parent, CommandLine line) {
  const auto o = std::make_shared<LinkOptions>();
  CLI::App* command =
      add_subcommand(parent, line.options, "refresh", "Read a list again from where it comes from",
                     "  kuramori links refresh feed");
  command->add_option("list", o->source, "The list's name")->required();
  command->callback([line, o] {
    administer_and_print(line, {"links.refresh", {{"source", o->source}}}, print_difference);
  });
}

void add_protecting(CLI::App& parent, CommandLine line) {
  const auto o = std::make_shared<LinkOptions>();
  CLI::App* command =
      add_subcommand(parent, line.options, "protect", "Protect a name from others that look like it",
                     "  kuramori links protect example.com");
  command->add_option("name", o->pattern, "The domain")->required();
  command->add_flag("--remove", o->remove, "Protect it no longer");
  command->callback([line, o] {
    administer_and_print(line, {"links.protect", {{"name", o->pattern}, {"remove", o->remove}}},
                         [](const json::Object& r) { std::cout << json::string_or(r, "name", "") << '\n'; });
  });
}

void add_opened(CLI::App& parent, CommandLine line) {
  const auto o = std::make_shared<LinkOptions>();
  CLI::App* command =
      add_subcommand(parent, line.options, "opened", "Show who opened a link, or one below a domain",
                     "  kuramori links opened evil.example");
  command->add_option("pattern", o->pattern, "Host, domain or address")->required();
  command->callback(
      [line, o] { administer_and_print(line, {"links.opened", {{"pattern", o->pattern}}}, print_openings); });
}

}  // namespace

void add_links_command(CommandLine line) {
  CLI::App* links = line.application.add_subcommand("links", "Look after what is known of links");
  links->require_subcommand(1);
  add_listing(*links, line);
  add_adding(*links, line);
  add_removing(*links, line);
  add_importing(*links, line);
  add_refreshing(*links, line);
  add_protecting(*links, line);
  add_opened(*links, line);
  add_taking_down(*links, line);
}

void add_brake_command(CommandLine line) {
  CLI::App* brake =
      line.application.add_subcommand("brake", "Accounts that were stopped for sending the same to many");
  brake->require_subcommand(1);
  CLI::App* list =
      add_subcommand(*brake, line.options, "list", "Show who was stopped", "  kuramori brake list");
  list->callback([line] {
    administer_and_print(line, {"brake.list", {}}, [](const json::Object& r) {
      for (const json::Value& value : *json::array_at(r, "stops")) {
        const json::Object& stop = value.get_object();
        std::cout << json::string_or(stop, "user", "") << "  " << json::string_or(stop, "state", "") << "  "
                  << json::string_or(stop, "stopped", "") << "  the same "
                  << json::string_or(stop, "kind", "") << " to " << json::integer_or(stop, "rooms", 0)
                  << " rooms, " << json::integer_or(stop, "withdrawn", 0) << " withdrawn\n";
      }
    });
  });
  const auto o = std::make_shared<LinkOptions>();
  CLI::App* release = add_subcommand(*brake, line.options, "release", "Let an account send again",
                                     "  kuramori brake release aiko");
  release->add_option("name", o->pattern, "Name of the account")->required();
  release->callback([line, o] {
    administer_and_print(line, {"brake.release", {{"user", o->pattern}}},
                         [](const json::Object& r) { std::cout << json::string_or(r, "user", "") << '\n'; });
  });
}

}  // namespace kuramori::app
