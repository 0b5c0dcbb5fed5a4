#include "answer_log.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "json/json.hpp"

namespace kuramori::api::client::testing {
namespace {

std::string name_of_this_test() {
  const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
  if (test == nullptr) return "outside of tests";
  return std::string(test->test_suite_name()) + "." + test->name();
}

json::Object headers_of(const net::Response& response) {
  json::Object headers;
  for (const auto& [name, value] : response.headers) headers[text::to_lower_ascii(name)] = value;
  if (!response.content_type.empty()) headers["content-type"] = response.content_type;
  return headers;
}

}  // namespace

AnswerLog::AnswerLog() {
  const char* directory = std::getenv("KURAMORI_ANSWERS_DIRECTORY");
  if (directory == nullptr) return;
  out_.open(std::filesystem::path(directory) / "api_client.jsonl", std::ios::app);
  ensure(out_.is_open(), "KURAMORI_ANSWERS_DIRECTORY names a folder that can be written");
}

void AnswerLog::write(const net::Request& request, const net::Response& response) {
  if (!out_.is_open()) return;
  json::Object line;
  line["test"] = name_of_this_test();
  line["method"] = net::to_string(request.method);
  line["target"] = request.target;
  line["status"] = response.status;
  line["headers"] = headers_of(response);
  // In base 64: a body that is no JSON, or no UTF-8, must be seen as what it is.
  if (!response.stream && response.content_type.starts_with("application/json")) {
    line["body"] = crypto::to_base64_padded(as_bytes(response.body));
  }
  out_ << json::serialize(line) << '\n';
}

}  // namespace kuramori::api::client::testing
