#include <fstream>
#include <iostream>
#include <sstream>

#include "app/commands/command_line.hpp"
#include "base/csv.hpp"

namespace kuramori::app {
namespace {

constexpr const char* kRoles =
    "member, administrator, security_officer, compliance_officer, department_administrator or auditor";

struct UserOptions {
  std::string user;
  std::string role = "member";
  std::string display_name;
  std::string password_file;
  std::string file;
  bool erase = false;
  bool yes = false;
};
using UserOptionsPtr = std::shared_ptr<UserOptions>;

void print_account(const json::Object& account) {
  std::cout << json::string_or(account, "user_id", "");
  if (const auto role = json::string_or(account, "role", ""); !role.empty()) std::cout << "  " << role;
  if (json::find(account, "deactivated") != nullptr) std::cout << "  deactivated";
  std::cout << '\n';
  if (const auto password = json::string_or(account, "one_time_password", ""); !password.empty()) {
    std::cout << "One-time password: " << password
              << "\n(shown once; ask the person to change it after the first login)\n";
  }
}

// A password comes from a file or standard input, never from the command line, where every user of the
// machine could read it.
Result<std::optional<std::string>> read_password(const std::string& file) {
  if (file.empty()) return std::optional<std::string>();
  std::string password;
  if (file == "-") {
    std::getline(std::cin, password);
  } else {
    std::ifstream in(file);
    if (!in) return not_found("The password file '" + file + "' cannot be read.");
    std::getline(in, password);
  }
  if (password.empty()) return invalid_argument("The password is empty.");
  return std::optional(std::move(password));
}

void with_password(CommandLine line, AdminRequest request, const std::string& password_file) {
  auto password = read_password(password_file);
  if (!password) {
    print_error(password.error());
    line.outcome = exit_code_of(password.error());
    return;
  }
  if (*password) request.arguments["password"] = **password;
  administer_and_print(line, request, print_account);
}

void add_add(CLI::App& parent, CommandLine line, const UserOptionsPtr& o) {
  CLI::App* command =
      add_subcommand(parent, line.options, "add", "Create an account and print its one-time password",
                     "  kuramori user add aiko --display-name 'Aiko Tanaka'\n"
                     "  kuramori user add wing --role administrator --password-file -");
  command->add_option("name", o->user, "Name of the account, e.g. aiko")->required();
  command->add_option("--role", o->role, kRoles)->capture_default_str();
  command->add_option("--display-name", o->display_name, "Name that others see");
  command->add_option("--password-file", o->password_file,
                      "Read the password from FILE ('-': standard input)");
  command->callback([line, o] {
    AdminRequest request{"user.add",
                         {{"user", o->user}, {"role", o->role}, {"display_name", o->display_name}}};
    with_password(line, std::move(request), o->password_file);
  });
}

void add_list(CLI::App& parent, CommandLine line) {
  CLI::App* command =
      add_subcommand(parent, line.options, "list", "List the accounts", "  kuramori user list --json");
  command->callback([line] {
    administer_and_print(line, {"user.list", {}}, [](const json::Object& result) {
      for (const json::Value& user : *json::array_at(result, "users")) print_account(user.as_object());
    });
  });
}

void add_set_password(CLI::App& parent, CommandLine line, const UserOptionsPtr& o) {
  CLI::App* command = add_subcommand(parent, line.options, "set-password",
                                     "Give an account a new password and end its sessions",
                                     "  kuramori user set-password aiko\n"
                                     "  kuramori user set-password aiko --password-file secret.txt");
  command->add_option("name", o->user, "Name of the account")->required();
  command->add_option("--password-file", o->password_file,
                      "Read the password from FILE ('-': standard input)");
  command->callback(
      [line, o] { with_password(line, {"user.set_password", {{"user", o->user}}}, o->password_file); });
}

void add_deactivate(CLI::App& parent, CommandLine line, const UserOptionsPtr& o) {
  CLI::App* command =
      add_subcommand(parent, line.options, "deactivate",
                     "Disable an account for good: sessions end, it leaves its rooms, the data stays",
                     "  kuramori user deactivate aiko");
  command->add_option("name", o->user, "Name of the account")->required();
  command->add_flag("--erase", o->erase, "Ask that others forget the person, too");
  command->callback([line, o] {
    administer_and_print(
        line, {"user.deactivate", {{"user", o->user}, {"erase", o->erase}}},
        [](const json::Object& r) { std::cout << json::string_or(r, "user_id", "") << " is deactivated\n"; });
  });
}

void add_set_role(CLI::App& parent, CommandLine line, const UserOptionsPtr& o) {
  CLI::App* command = add_subcommand(parent, line.options, "set-role",
                                     "Change what an account may do; the last administrator stays one",
                                     "  kuramori user set-role aiko auditor");
  command->add_option("name", o->user, "Name of the account")->required();
  command->add_option("role", o->role, kRoles)->required();
  command->callback([line, o] {
    administer_and_print(line, {"user.set_role", {{"user", o->user}, {"role", o->role}}}, print_account);
  });
}

void add_erase(CLI::App& parent, CommandLine line, const UserOptionsPtr& o) {
  CLI::App* command = add_subcommand(
      parent, line.options, "erase",
      "Destroy the key of a deactivated account: what is sealed under it can never be read again",
      "  kuramori user deactivate aiko && kuramori user erase aiko --yes");
  command->add_option("name", o->user, "Name of the account")->required();
  command->add_flag("--yes", o->yes, "Really; nothing brings the key back but a backup");
  command->callback([line, o] {
    if (!o->yes) {
      print_error(invalid_argument("This cannot be undone. Repeat the command with --yes."));
      line.outcome = ExitCode::Usage;
      return;
    }
    administer_and_print(line, {"user.erase", {{"user", o->user}}}, [](const json::Object& r) {
      std::cout << json::string_or(r, "user_id", "") << " is erased; its part of the record cannot be read\n";
    });
  });
}

Result<std::vector<CsvRow>> read_people(const std::string& file) {
  std::ifstream in(file);
  if (!in) return not_found("The file '" + file + "' cannot be read.");
  std::ostringstream text;
  text << in.rdbuf();
  KURAMORI_TRY(rows, parse_csv(text.str()));
  for (const CsvRow& row : rows) {
    if (!row.fields.contains("name"))
      return invalid_argument("The header needs a column 'name'; display_name and role are optional.");
    for (const auto& [column, value] : row.fields) {
      if (column != "name" && column != "display_name" && column != "role") {
        return invalid_argument("There is no column '" + column +
                                "'; name, display_name and role are known.");
      }
    }
  }
  return rows;
}

// One account after the other; a line that fails does not stop the rest, and the exit code says that there
// was one.
void import_people(CommandLine line, const std::string& file) {
  const auto config = load_config(line.options, line.outcome);
  if (!config) return;
  auto rows = read_people(file);
  if (!rows) {
    print_error(rows.error());
    line.outcome = exit_code_of(rows.error());
    return;
  }
  auto administration = Administration::open(*config);
  if (!administration) {
    print_error(administration.error());
    line.outcome = exit_code_of(administration.error());
    return;
  }
  json::Array created;
  json::Array failed;
  const AdminOutput progress = progress_output("Importing");
  for (std::size_t i = 0; i < rows->size(); ++i) {
    json::Object arguments;
    for (const auto& [column, value] : (*rows)[i].fields) {
      if (!value.empty()) arguments[column == "name" ? "user" : column] = value;
    }
    Result<json::Object> result = (*administration)->call({"user.add", arguments}, {});
    if (result) {
      created.emplace_back(*std::move(result));
    } else {
      failed.emplace_back(json::Object{{"name", (*rows)[i].at("name")}, {"error", result.error().message()}});
      line.outcome = ExitCode::Failed;
    }
    progress.progress(static_cast<double>(i + 1) / static_cast<double>(rows->size()));
  }
  print_result(line.options, {{"created", std::move(created)}, {"failed", std::move(failed)}},
               [](const json::Object& r) {
                 std::cout << "user_id,one_time_password\n";
                 for (const json::Value& user : *json::array_at(r, "created")) {
                   std::cout << json::string_or(user.as_object(), "user_id", "") << ','
                             << json::string_or(user.as_object(), "one_time_password", "") << '\n';
                 }
                 for (const json::Value& user : *json::array_at(r, "failed")) {
                   std::cerr << json::string_or(user.as_object(), "name", "") << ": "
                             << json::string_or(user.as_object(), "error", "") << '\n';
                 }
               });
}

void add_import(CLI::App& parent, CommandLine line, const UserOptionsPtr& o) {
  CLI::App* command = add_subcommand(parent, line.options, "import",
                                     "Create accounts from a CSV file (columns name, display_name, role)",
                                     "  kuramori user import people.csv > passwords.csv");
  command->add_option("file", o->file, "CSV file")->required();
  command->callback([line, o] { import_people(line, o->file); });
}

}  // namespace

void add_user_command(CommandLine line) {
  CLI::App* user = line.application.add_subcommand("user", "Manage accounts");
  user->require_subcommand(1);
  const auto options = std::make_shared<UserOptions>();
  add_add(*user, line, options);
  add_list(*user, line);
  add_set_password(*user, line, options);
  add_deactivate(*user, line, options);
  add_set_role(*user, line, options);
  add_erase(*user, line, options);
  add_import(*user, line, options);
  add_user_pushers_command(*user, line);
}

}  // namespace kuramori::app
