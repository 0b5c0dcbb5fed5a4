// Keeps what the tests were answered, one line of JSON an answer, for tests/system/check_answers.py, which
// holds all of them against the specification. Nothing is written unless KURAMORI_ANSWERS_DIRECTORY names a
// folder.
//
//   AnswerLog answers;
//   answers.write(request, response);
//
// A test owns one with its server; lines of several are appended to one file.
#pragma once
#include <fstream>

#include "net/http_types.hpp"

namespace kuramori::api::client::testing {

class AnswerLog {
 public:
  AnswerLog();

  // The body only where it is JSON: of files the head is checked.
  void write(const net::Request& request, const net::Response& response);

 private:
  std::ofstream out_;
};

}  // namespace kuramori::api::client::testing
