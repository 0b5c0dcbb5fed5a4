#include <openssl/crypto.h>
#include <sqlite3.h>

#include <iostream>

#include "app/commands/command_line.hpp"
#include "app/version.hpp"

namespace kuramori::app {

void add_version_command(CommandLine line) {
  CLI::App* version = add_subcommand(line.application, line.options, "version", "Print the version",
                                     "  kuramori version --json");
  version->callback([line] {
    const json::Object result{{"name", "kuramori"},
                              {"version", kVersion},
                              {"client_server_api", "v1.19"},
                              {"sqlite", sqlite3_libversion()},
                              {"openssl", OpenSSL_version(OPENSSL_VERSION)}};
    print_result(line.options, result, [](const json::Object& r) {
      std::cout << "kuramori " << json::string_or(r, "version", "") << " (Matrix client-server API "
                << json::string_or(r, "client_server_api", "") << ", SQLite "
                << json::string_or(r, "sqlite", "") << ", " << json::string_or(r, "openssl", "") << ")\n";
    });
  });
}

}  // namespace kuramori::app
