// kuramori detectors: tables and documents that the company's own detectors look for.
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/commands/command_line.hpp"
#include "crypto/base64.hpp"

namespace kuramori::app {
namespace {

struct DetectorOptions {
  std::string name;
  std::string file;
  std::vector<std::string> files;
  bool skip_bad_lines = false;
};
using DetectorOptionsPtr = std::shared_ptr<DetectorOptions>;

std::optional<std::string> file_in_base64(CommandLine line, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream octets;
  octets << in.rdbuf();
  if (!in) {
    fail(line, not_found("The file '" + file + "' cannot be read, or is empty."));
    return std::nullopt;
  }
  return crypto::to_base64(as_bytes(octets.view()));
}

void print_detector_table(const json::Object& table) {
  const bool is_table = json::string_or(table, "kind", "") == "table";
  std::cout << json::string_or(table, "name", "") << "  " << json::string_or(table, "kind", "")
            << "  version " << json::integer_or(table, "version", 0) << "  "
            << json::integer_or(table, is_table ? "rows" : "documents", 0)
            << (is_table ? " rows  " : " documents  ") << json::integer_or(table, "hashes", 0) << " hashes  ";
  bool first = true;
  for (const json::Value& part : *json::array_at(table, is_table ? "columns" : "names")) {
    std::cout << (first ? "" : ", ") << json::view(part.get_string());
    first = false;
  }
  std::cout << '\n';
}

void print_import(const json::Object& imported) {
  print_detector_table(imported);
  if (const auto bad = json::integer_or(imported, "bad", 0); bad > 0)
    std::cout << bad << " lines were left out\n";
  for (const json::Value& value : *json::array_at(imported, "bad_lines")) {
    const json::Object& bad = value.get_object();
    std::cout << "  line " << json::integer_or(bad, "line", 0) << " " << json::string_or(bad, "problem", "")
              << '\n';
  }
}

void add_table_import(CLI::App& parent, CommandLine line) {
  const auto o = std::make_shared<DetectorOptions>();
  CLI::App* command =
      add_subcommand(parent, line.options, "import-table",
                     "Read a table of rows (CSV) that must not leave; replaces the one of that name",
                     "  kuramori detectors import-table customers customers.csv");
  command->add_option("name", o->name, "Name by which policies call the table")->required();
  command
      ->add_option(
          "file", o->file,
          "CSV; the first line names the columns. UTF-8, UTF-16, GB18030, Big5 and Shift_JIS are told apart")
      ->required();
  command->add_flag("--skip-bad-lines", o->skip_bad_lines,
                    "Leave out lines that cannot be read, and tell them");
  command->callback([line, o] {
    auto content = file_in_base64(line, o->file);
    if (!content) return;
    json::Object arguments{{"name", o->name}, {"content", *content}, {"skip_bad_lines", o->skip_bad_lines}};
    administer_and_print(line, {"detectors.import_table", std::move(arguments)}, print_import);
  });
}

void add_document_import(CLI::App& parent, CommandLine line) {
  const auto o = std::make_shared<DetectorOptions>();
  CLI::App* command = add_subcommand(parent, line.options, "import-document",
                                     "Read documents that must not leave; they replace the set of that name",
                                     "  kuramori detectors import-document merger plan.docx letter.pdf");
  command->add_option("set", o->name, "Name by which policies call the set")->required();
  command->add_option("files", o->files, "Documents: text, PDF, Office, mail, archives")->required();
  command->callback([line, o] {
    json::Array files;
    for (const std::string& file : o->files) {
      auto content = file_in_base64(line, file);
      if (!content) return;
      files.emplace_back(
          json::Object{{"name", std::filesystem::path(file).filename().string()}, {"content", *content}});
    }
    administer_and_print(line,
                         {"detectors.import_documents", {{"name", o->name}, {"files", std::move(files)}}},
                         print_import, progress_output("Reading"));
  });
}

}  // namespace

void add_detectors_command(CommandLine line) {
  CLI::App* detectors = line.application.add_subcommand(
      "detectors", "Look after the tables and documents that your own detectors look for");
  detectors->require_subcommand(1);
  add_table_import(*detectors, line);
  add_document_import(*detectors, line);
  CLI::App* list =
      add_subcommand(*detectors, line.options, "list", "Show what was imported", "  kuramori detectors list");
  list->callback([line] {
    administer_and_print(line, {"detectors.list", {}}, [](const json::Object& r) {
      for (const json::Value& table : *json::array_at(r, "tables")) print_detector_table(table.get_object());
      if (json::array_at(r, "tables")->empty()) std::cout << "Nothing was imported\n";
    });
  });
  const auto o = std::make_shared<DetectorOptions>();
  CLI::App* remove =
      add_subcommand(*detectors, line.options, "remove", "Remove a table or a set of documents",
                     "  kuramori detectors remove customers");
  remove->add_option("name", o->name, "As it was imported")->required();
  remove->callback([line, o] {
    administer_and_print(line, {"detectors.remove", {{"name", o->name}}}, [](const json::Object& r) {
      std::cout << "removed " << json::string_or(r, "removed", "") << '\n';
    });
  });
}

}  // namespace kuramori::app
