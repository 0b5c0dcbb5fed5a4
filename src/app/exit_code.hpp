// What a command says to the script that called it.
#pragma once

namespace kuramori::app {

enum class ExitCode : int {
  Done = 0,
  Failed = 1,  // the command ran and the answer is no: a record that does not verify, a policy with mistakes
  Usage = 2,   // wrong options
  Configuration = 3,  // the configuration file has mistakes
  Unavailable = 4,    // the data or the server cannot be reached
};

}  // namespace kuramori::app
