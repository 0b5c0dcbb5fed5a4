// A demo organisation for a first look: what ./run starts.
#include <cstdio>
#include <fstream>
#include <iostream>

#include "app/admin_operations.hpp"
#include "app/commands/command_line.hpp"
#include "app/commands/serving.hpp"

namespace kuramori::app {
namespace {

struct DemoOptions {
  std::string data = "./var";
  int port = 8008;
  bool fresh = false;
};

struct Person {
  const char* name;
  const char* display_name;
  const char* role;
};
constexpr Person kPeople[] = {{"wing", "陳詠 Wing Chan", "administrator"},
                              {"aiko", "田中 愛子 Aiko Tanaka", "member"},
                              {"lin", "林晓 Lin Xiao", "member"},
                              {"mei", "黃美 Mei Wong", "member"},
                              {"kenji", "佐藤 健二 Kenji Sato", "member"},
                              {"auditor", "Auditor", "auditor"},
                              {"marta", "Marta Nowak (Nowak Optics)", "member"},
                              {"omar", "Omar Haddad (Haddad Trading)", "member"}};
// Everybody but the last two works here: these are a partner and a customer.
constexpr std::string_view kOrganisation = R"({
  "version": 1,
  "units": [
    {"id": "demo", "kind": "legal_entity", "name": "倉守デモ Kuramori Demo Limited", "head": "@wing:SERVER"},
    {"id": "research", "name": "研究 Research", "parent": "demo", "head": "@aiko:SERVER"},
    {"id": "sales", "name": "营业 Sales", "parent": "demo", "head": "@lin:SERVER"},
    {"id": "finance", "name": "財務 Finance", "parent": "demo", "head": "@mei:SERVER"},
    {"id": "hr", "name": "人事 Human resources", "parent": "demo", "head": "@kenji:SERVER"},
    {"id": "it", "name": "IT", "parent": "demo", "head": "@wing:SERVER"}
  ],
  "people": [
    {"user": "@wing:SERVER", "name": "陳詠 Wing Chan", "posts": [{"unit": "it", "title": "Head of IT"}], "region": "HK"},
    {"user": "@aiko:SERVER", "name": "田中 愛子 Aiko Tanaka", "posts": [{"unit": "research", "title": "Head of research"}],
     "region": "JP"},
    {"user": "@lin:SERVER", "name": "林晓 Lin Xiao", "posts": [{"unit": "sales", "title": "Head of sales"}], "region": "CN-SH"},
    {"user": "@mei:SERVER", "name": "黃美 Mei Wong", "posts": [{"unit": "finance", "title": "Head of finance"}], "region": "HK"},
    {"user": "@kenji:SERVER", "name": "佐藤 健二 Kenji Sato", "posts": [{"unit": "hr", "title": "Head of personnel"}],
     "region": "JP"},
    {"user": "@auditor:SERVER", "name": "Auditor", "posts": [{"unit": "finance", "title": "Internal audit"}],
     "roles": ["auditor"], "region": "HK"}
  ],
  "contacts": [
    {"user": "@marta:SERVER", "name": "Marta Nowak", "company": "Nowak Optics", "kind": "partner", "owner": "@aiko:SERVER"},
    {"user": "@omar:SERVER", "name": "Omar Haddad", "company": "Haddad Trading", "kind": "customer", "owner": "@lin:SERVER"}
  ],
  "visibility": []
})";
constexpr const char* kMarker = ".kuramori-demo";

bool is_demo(const std::filesystem::path& data) {
  return std::filesystem::exists(data / kMarker);
}

// Only what a demo made is ever deleted.
Result<void> delete_demo(const std::filesystem::path& data) {
  if (!std::filesystem::exists(data)) return {};
  if (!is_demo(data) && !std::filesystem::is_empty(data)) {
    return Error(ErrorCode::Conflict, "KURAMORI_DATA_DIR",
                 "'" + data.string() + "' does not hold a demo organisation; --fresh will not delete it.");
  }
  std::error_code error;
  std::filesystem::remove_all(data, error);
  if (error) return unavailable("'" + data.string() + "' cannot be deleted.", error.message());
  return {};
}

Config demo_config(const DemoOptions& options) {
  Config config;
  config.server.name = "demo.kuramori.local";
  config.server.data_dir = options.data;
  config.listener.port = options.port;
  config.server.public_base_url = "http://127.0.0.1:" + std::to_string(options.port);
  config.log.level = LogLevel::Warning;
  config.inspection.enabled = true;
  return config;
}

// The same settings as a file, so that every command works on the demo: kuramori user list --config
// var/kuramori.toml
Result<void> write_config(const Config& config) {
  const std::filesystem::path file = config.server.data_dir / "kuramori.toml";
  std::ofstream out(file);
  out << "# Written by ./run. packaging/kuramori.example.toml explains every key.\n"
      << "[server]\nname = \"" << config.server.name << "\"\npublic_base_url = \""
      << config.server.public_base_url << "\"\ndata_dir = \""
      << std::filesystem::absolute(config.server.data_dir).string()
      << "\"\n\n[listener]\nport = " << config.listener.port
      << "\n\n[log]\nlevel = \"warning\"\n\n[inspection]\nenabled = true\n";
  std::ofstream(config.server.data_dir / kMarker)
      << "This directory holds a demo organisation and may be deleted.\n";
  if (!out.flush()) return unavailable("'" + file.string() + "' cannot be written.", "demo configuration");
  return {};
}

Result<json::Array> create_people(Node& node) {
  AdminOperations operations(
      node, []() -> Result<MediaNode*> { return internal_error("making people touches no files"); });
  json::Array people;
  for (const Person& person : kPeople) {
    std::cout << "Creating " << person.display_name << std::endl;
    KURAMORI_TRY(account,
                 operations.run(
                     {"user.add",
                      {{"user", person.name}, {"display_name", person.display_name}, {"role", person.role}}},
                     "demo", {}));
    people.emplace_back(std::move(account));
  }
  return people;
}

Result<void> create_organisation(Node& node) {
  std::string document(kOrganisation);
  constexpr std::string_view kPlace = "SERVER";
  for (std::size_t at = document.find(kPlace); at != std::string::npos; at = document.find(kPlace, at)) {
    document.replace(at, kPlace.size(), node.config.server.name);
  }
  AdminOperations operations(
      node, []() -> Result<MediaNode*> { return internal_error("an organisation touches no files"); });
  KURAMORI_TRY(outcome, operations.run({"organisation.import", {{"document", document}, {"reason", "demo"}}},
                                       "demo", {}));
  if (json::string_or(outcome, "outcome", "") == "stored") return {};
  return internal_error("the demo organisation was not stored: " + json::serialize(outcome));
}

void print_people(const json::Array& people, const std::string& data) {
  std::cout << "\nOne-time passwords (shown once):\n\n";
  for (const json::Value& person : people) {
    const json::Object& p = person.as_object();
    std::printf("  %-34s %-18s %s\n", std::string(json::string_or(p, "user_id", "")).c_str(),
                std::string(json::string_or(p, "one_time_password", "")).c_str(),
                std::string(json::string_or(p, "role", "")).c_str());
  }
  std::cout << "\nAnother password:  build/release/bin/kuramori user set-password aiko --config " << data
            << "/kuramori.toml\n";
}

void greet(Service& service, const DemoOptions& options) {
  const std::string address = "http://127.0.0.1:" + std::to_string(service.port());
  if (service.initialised_now()) {
    auto people = create_people(service.node());
    if (!people) return print_error(people.error());
    if (auto made = create_organisation(service.node()); !made) return print_error(made.error());
    print_people(*people, options.data);
  } else {
    std::cout << "The demo organisation in " << options.data << " is kept; ./run --fresh begins anew.\n";
  }
  std::cout << "\nKuramori is ready at " << address << "\n"
            << "Log in with any Matrix client: homeserver " << address << "\n"
            << "Prove the record:  build/release/bin/kuramori audit verify --config " << options.data
            << "/kuramori.toml\n"
            << "Stop with Ctrl-C." << std::endl;
}

ExitCode run_demo(const DemoOptions& options) {
  if (options.fresh) {
    if (auto deleted = delete_demo(options.data); !deleted) {
      print_error(deleted.error());
      return exit_code_of(deleted.error());
    }
  }
  const Config config = demo_config(options);
  std::error_code error;
  const bool made = std::filesystem::create_directories(config.server.data_dir, error);
  if (made) std::filesystem::permissions(config.server.data_dir, std::filesystem::perms::owner_all, error);
  if (auto written = write_config(config); !written) {
    print_error(written.error());
    return exit_code_of(written.error());
  }
  std::cout << "Starting the demo organisation" << std::endl;
  return serve_until_signal(config, [&](Service& service) { greet(service, options); });
}

}  // namespace

void add_demo_command(CommandLine line) {
  CLI::App* command = add_subcommand(line.application, line.options, "demo",
                                     "Run a demo organisation on this machine (what ./run starts)",
                                     "  kuramori demo --data ./var --port 8008");
  const auto options = std::make_shared<DemoOptions>();
  command->add_option("--data", options->data, "Directory of the demo's data")->capture_default_str();
  command->add_option("--port", options->port, "Port to listen on")->capture_default_str();
  command->add_flag("--fresh", options->fresh, "Delete the demo's data first");
  command->callback([line, options] { line.outcome = run_demo(*options); });
}

}  // namespace kuramori::app
