// What the tests of links share.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "link_risk/assessment.hpp"

namespace kuramori::link_risk::testing {

inline const HostReader& hosts() {
  static const HostReader reader(PublicSuffixes::built_in());
  return reader;
}

inline json::Object message(std::string_view body) {
  return json::Object{{"msgtype", "m.text"}, {"body", body}};
}

inline json::Object html_message(std::string_view html) {
  return json::Object{
      {"msgtype", "m.text"}, {"body", "see"}, {"format", "org.matrix.custom.html"}, {"formatted_body", html}};
}

inline std::vector<std::string> urls_of(const Extraction& extraction) {
  std::vector<std::string> urls;
  for (const FoundLink& found : extraction.links) urls.push_back(found.link.url);
  return urls;
}

inline std::shared_ptr<const LinkLists> lists_of(const std::vector<ListEntry>& entries) {
  LinkLists::Builder builder;
  for (const ListEntry& entry : entries) builder.add(entry);
  return std::move(builder).build();
}

}  // namespace kuramori::link_risk::testing
