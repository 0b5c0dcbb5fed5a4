#include "api/resource/responses.hpp"

namespace kuramori::api::resource {
namespace {

net::Response json_response(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

void tag_with(net::Response& response, std::string_view tag) {
  response.headers.emplace_back("ETag", std::string(tag));
  response.headers.emplace_back("Cache-Control", "private, no-cache");
}

}  // namespace

net::Response ok(const json::Object& body) {
  return json_response(200, json::serialize(body));
}

net::Response ok_text(std::string json_text) {
  return json_response(200, std::move(json_text));
}

net::Response ok_tagged(std::string json_text, std::string_view tag) {
  net::Response response;
  response.body = std::move(json_text);
  tag_with(response, tag);
  return response;
}

net::Response created(const json::Object& body, std::string location) {
  net::Response response = json_response(201, json::serialize(body));
  response.headers.emplace_back("Location", std::move(location));
  return response;
}

net::Response no_content() {
  net::Response response;
  response.status = 204;
  return response;
}

net::Response not_modified(std::string_view tag) {
  net::Response response;
  response.status = 304;
  tag_with(response, tag);
  return response;
}

}  // namespace kuramori::api::resource
