// kuramori-bench: a load generator for any Matrix homeserver. See bench/README.md.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

#include "chart.hpp"
#include "null_server.hpp"
#include "scenarios/scenarios.hpp"
#include "summary.hpp"
#include "world.hpp"

namespace kuramori::bench {
namespace {

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

struct Arguments {
  Subject subject;
  std::string json_path;
  std::string label;
  WorldSize size{.rooms = 100, .users = 50, .connections = 16};
  SendOptions send;
  SearchOptions search;
  MediaOptions media;
  StartupOptions startup;
  std::size_t receivers = 1000;
  std::size_t syncs = 20;
  std::size_t at_once = 1;
  std::size_t joins = 200;
  std::size_t answers = 200;
  std::size_t parked = 15'000;
  std::uint16_t port = 8009;
  std::string folder;
};

void finish(const Arguments& arguments, Report report) {
  if (!arguments.label.empty()) report.scenario = arguments.label;
  print_report(report);
  if (!report.failure.empty()) throw std::runtime_error(report.failure);
  if (!arguments.json_path.empty()) save_report(report, arguments.json_path);
}

CLI::App* add_scenario(CLI::App& app, Arguments& arguments, const std::string& name,
                       const std::string& description) {
  CLI::App* command = app.add_subcommand(name, description);
  Subject& subject = arguments.subject;
  command->add_option("--url", subject.url, "Base URL of the server")->required();
  command->add_option("--server", subject.server, "The server's name in reports");
  command->add_option("--world", subject.world_path, "File made by 'setup'");
  command->add_option("--pid", subject.pids, "Processes whose CPU and memory count, with all their children")
      ->delimiter(',');
  command->add_option("--seconds", subject.seconds, "How long to measure");
  command->add_option("--warmup", subject.warmup_seconds, "How long to run before measuring");
  command->add_option("--json", arguments.json_path, "Write the report to this file too");
  command->add_option("--label", arguments.label,
                      "The scenario's name in reports: one for each world that it is measured in");
  return command;
}

void add_setup(CLI::App& app, Arguments& arguments) {
  CLI::App* setup =
      app.add_subcommand("setup", "Register people, create rooms and let everybody join all of them");
  setup->add_option("--url", arguments.subject.url, "Base URL of the server")->required();
  setup->add_option("--rooms", arguments.size.rooms, "Rooms")->check(CLI::PositiveNumber);
  setup->add_option("--users", arguments.size.users, "People")->check(CLI::PositiveNumber);
  setup->add_option("--connections", arguments.size.connections, "Requests at once")
      ->check(CLI::PositiveNumber);
  setup->add_option("--world", arguments.subject.world_path, "File to write")->required();
  setup->callback([&arguments] {
    const Endpoint endpoint = resolve_endpoint(arguments.subject.url);
    EventLoop loop;
    save_world(build_world(loop, endpoint, arguments.size), arguments.subject.world_path);
  });
}

void add_scenarios(CLI::App& app, Arguments& arguments) {
  CLI::App* send =
      add_scenario(app, arguments, "send", "Durable sends: the peak, then latency at a share of it");
  send->add_option("--connections", arguments.send.connections, "Closed loops to try")->delimiter(',');
  send->add_option("--load", arguments.send.load, "Open loop at this share of the peak");
  send->add_option("--rate", arguments.send.rate, "Open loop at this rate; does not look for the peak");
  send->add_option("--count", arguments.send.count, "Stop after so many events, without an open loop");
  send->callback([&arguments] { finish(arguments, run_send(arguments.subject, arguments.send)); });

  CLI::App* fanout = add_scenario(app, arguments, "fanout", "One sender, many waiting syncs");
  fanout->add_option("--receivers", arguments.receivers, "Waiting syncs")->check(CLI::PositiveNumber);
  fanout->callback([&arguments] { finish(arguments, run_fanout(arguments.subject, arguments.receivers)); });

  CLI::App* initial = add_scenario(app, arguments, "initial-sync", "First syncs of different people");
  initial->add_option("--syncs", arguments.syncs, "People measured")->check(CLI::PositiveNumber);
  initial->add_option("--at-once", arguments.at_once, "So many of them at the same time")
      ->check(CLI::PositiveNumber);
  initial->callback([&arguments] {
    finish(arguments, run_initial_sync(arguments.subject, arguments.syncs, arguments.at_once));
  });

  CLI::App* join = add_scenario(app, arguments, "join", "Newcomers join the world's first room");
  join->add_option("--joins", arguments.joins, "Newcomers")->check(CLI::PositiveNumber);
  join->callback([&arguments] { finish(arguments, run_join(arguments.subject, arguments.joins)); });

  CLI::App* storm =
      add_scenario(app, arguments, "device-storm", "One-time keys and messages of every device at once");
  storm->callback([&arguments] { finish(arguments, run_device_storm(arguments.subject)); });

  CLI::App* sliding =
      add_scenario(app, arguments, "sliding-sync", "First pages of sliding sync, and updates after them");
  sliding->add_option("--answers", arguments.answers, "Answers measured")->check(CLI::PositiveNumber);
  sliding->callback(
      [&arguments] { finish(arguments, run_sliding_sync(arguments.subject, arguments.answers)); });

  CLI::App* incremental =
      add_scenario(app, arguments, "incremental-sync", "What is new, of somebody who is in all rooms");
  incremental->add_option("--answers", arguments.answers, "Answers measured")->check(CLI::PositiveNumber);
  incremental->callback(
      [&arguments] { finish(arguments, run_incremental_sync(arguments.subject, arguments.answers)); });

  CLI::App* search =
      add_scenario(app, arguments, "search", "Searches over many messages, which it sends once");
  search->add_option("--messages", arguments.search.messages, "Messages")->check(CLI::PositiveNumber);
  search->add_option("--connections", arguments.search.connections, "Sends at once")
      ->check(CLI::PositiveNumber);
  search->add_option("--searches", arguments.search.searches, "Searches of each kind")
      ->check(CLI::PositiveNumber);
  search->add_option("--rate", arguments.search.rate, "Searches a second of the open loop; 0: none");
  search->add_option("--patience", arguments.search.patience_seconds, "Seconds to wait for the index");
  search->callback([&arguments] { finish(arguments, run_search(arguments.subject, arguments.search)); });

  CLI::App* media = add_scenario(app, arguments, "media", "Large files up and down");
  media->add_option("--files", arguments.media.files, "Files")->check(CLI::PositiveNumber);
  media->add_option("--mebibytes", arguments.media.mebibytes, "Size of each")->check(CLI::PositiveNumber);
  media->add_option("--connections", arguments.media.connections, "Transfers at once")
      ->check(CLI::PositiveNumber);
  media->add_option("--downloads", arguments.media.downloads, "How often each comes down")
      ->check(CLI::PositiveNumber);
  media->callback([&arguments] { finish(arguments, run_media(arguments.subject, arguments.media)); });

  CLI::App* parked = add_scenario(app, arguments, "parked", "Memory of waiting connections");
  parked->add_option("--connections", arguments.parked, "Waiting connections")->check(CLI::PositiveNumber);
  parked->callback([&arguments] { finish(arguments, run_parked(arguments.subject, arguments.parked)); });

  CLI::App* startup = add_scenario(app, arguments, "startup", "Time until a server that is started answers");
  startup->add_option("--rounds", arguments.startup.rounds, "Starts")->check(CLI::PositiveNumber);
  startup->add_option("command", arguments.startup.command, "After --: the command that starts the server");
  startup->callback([&arguments] { finish(arguments, run_startup(arguments.subject, arguments.startup)); });
}

void add_tools(CLI::App& app, Arguments& arguments) {
  CLI::App* null_server =
      app.add_subcommand("null-server", "A server that answers at once, to find the ceiling");
  null_server->add_option("--port", arguments.port, "Port on 127.0.0.1");
  null_server->callback([&arguments] { serve_null(arguments.port); });

  CLI::App* flush = app.add_subcommand("flush", "The disk's own limit: how long a durable write takes");
  flush->add_option("folder", arguments.folder, "A folder on the disk")->required();
  flush->add_option("--json", arguments.json_path, "Write the report to this file too");
  flush->callback([&arguments] { finish(arguments, run_flush(arguments.folder)); });

  CLI::App* summary =
      app.add_subcommand("summary", "Medians of all reports in a folder: table, JSON and chart");
  summary->add_option("folder", arguments.folder, "Where the reports are")->required();
  summary->callback([&arguments] {
    const Summary result = summarise(arguments.folder);
    const std::string table = render_markdown(result);
    std::fputs(table.c_str(), stdout);
    write_file(arguments.folder + "/summary.md", table);
    write_file(arguments.folder + "/summary.json", render_json(result));
    write_file(arguments.folder + "/summary.svg", render_chart(result));
  });
}

}  // namespace
}  // namespace kuramori::bench

int main(int argc, char** argv) {
  CLI::App app{"A load generator for Matrix homeservers", "kuramori-bench"};
  app.require_subcommand(1);
  kuramori::bench::Arguments arguments;
  kuramori::bench::add_setup(app, arguments);
  kuramori::bench::add_scenarios(app, arguments);
  kuramori::bench::add_tools(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kuramori-bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
