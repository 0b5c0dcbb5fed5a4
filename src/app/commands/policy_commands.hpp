// The parts of `kuramori policy` that stand in files of their own.
#pragma once
#include "app/commands/command_line.hpp"

namespace kuramori::app {

// The document with the terms of its dictionary files inside, or every mistake in it as one error.
Result<std::string> read_policy_file(const std::string& file);
// A bad policy is a failure of the file, not of how the command was called.
void fail_with_policy(CommandLine line, const Error& error);

// simulate
void add_policy_simulation_command(CLI::App& policy, CommandLine line);
// history, difference
void add_policy_version_commands(CLI::App& policy, CommandLine line);

}  // namespace kuramori::app
