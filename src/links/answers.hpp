// What administrators are shown and what they ask for, as JSON: the same on the command line and over HTTP.
#pragma once
#include "json/json.hpp"
#include "links/take_downs.hpp"

namespace kuramori::links {

json::Object described(const link_risk::ListEntry& entry);
json::Object described(const Source& source);
json::Object described(const Difference& difference);
json::Object described(const Listing& listing);
json::Object described(const TakeDownReport& report);
json::Object described(const Opening& opening);

// pattern, match?, action?, reason?, expires?
Result<link_risk::ListEntry> entry_from(const json::Object& asked, const link_risk::HostReader& hosts);
// location?, format?, action?, reason?, interval_s?, expires?
Result<Source> source_from(const json::Object& asked, std::string name);

}  // namespace kuramori::links
