#include "links/answers.hpp"

namespace kuramori::links {
namespace {

constexpr std::size_t kReasonOctetsMax = 500;

json::Value time_or_null(const std::optional<Timestamp>& time) {
  return time ? json::Value(to_rfc3339(*time)) : json::Value(nullptr);
}

template <class List>
json::Array each_described(const List& list) {
  json::Array array;
  for (const auto& one : list) array.push_back(described(one));
  return array;
}

Result<std::optional<Timestamp>> expiry_of(const json::Object& asked) {
  KURAMORI_TRY(written, json::optional_string(asked, "expires"));
  if (!written || written->empty()) return std::optional<Timestamp>();
  const auto time = link_risk::read_time(*written);
  if (!time) return invalid_argument("expires is a date (2026-12-31) or a time (2026-12-31T15:00:00Z).");
  return std::optional(*time);
}

Result<link_risk::ListAction> action_of(const json::Object& asked) {
  const auto action = link_risk::list_action_named(json::string_or(asked, "action", "block"));
  if (!action) return invalid_argument("action is block or allow.");
  return *action;
}

Result<std::string> reason_of(const json::Object& asked) {
  KURAMORI_TRY(reason, json::optional_string(asked, "reason"));
  if (reason && reason->size() > kReasonOctetsMax)
    return invalid_argument("A reason has at most 500 octets.");
  return std::move(reason).value_or("");
}

}  // namespace

json::Object described(const link_risk::ListEntry& entry) {
  return {{"match", link_risk::to_string(entry.match)},
          {"pattern", entry.pattern},
          {"action", link_risk::to_string(entry.action)},
          {"reason", entry.reason},
          {"expires", time_or_null(entry.expires)}};
}

json::Object described(const Source& source) {
  return {{"name", source.name},
          {"location", source.location},
          {"format", link_risk::to_string(source.format)},
          {"action", link_risk::to_string(source.action)},
          {"reason", source.reason},
          {"entries", source.entries},
          {"interval_s", source.interval.count() / 1000},
          {"expires", time_or_null(source.expires)},
          {"refreshed", time_or_null(source.refreshed)},
          {"failed", time_or_null(source.failed)},
          {"failure", source.failure}};
}

json::Object described(const Difference& difference) {
  json::Array bad;
  for (const link_risk::BadLine& line : difference.bad_lines) {
    bad.push_back(json::Object{{"line", line.line}, {"problem", line.problem}});
  }
  return {{"added", difference.added},
          {"removed", difference.removed},
          {"unchanged", difference.unchanged},
          {"bad", difference.bad},
          {"bad_lines", std::move(bad)}};
}

json::Object described(const Listing& listing) {
  json::Array names;
  for (const std::string& name : listing.protected_names) names.emplace_back(name);
  return {{"sources", each_described(listing.sources)},
          {"entries", each_described(listing.entries)},
          {"protected_names", std::move(names)}};
}

json::Object described(const TakeDownReport& report) {
  json::Array messages;
  for (const TakenDown& message : report.messages) {
    messages.push_back(json::Object{{"room", message.room.view()},
                                    {"event", message.event.view()},
                                    {"sender", message.sender.view()},
                                    {"outcome", message.outcome}});
  }
  const TakeDownRow& row = report.take_down;
  return {{"source", row.source}, {"since", to_rfc3339(row.since)},
          {"reason", row.reason}, {"done", time_or_null(row.done)},
          {"found", row.found},   {"withdrawn", row.withdrawn},
          {"failed", row.failed}, {"messages", std::move(messages)}};
}

json::Object described(const Opening& opening) {
  return {{"time", to_rfc3339(opening.when)},
          {"user", opening.user.view()},
          {"url", opening.url},
          {"verdict", opening.verdict},
          {"passage", opening.passage},
          {"room", opening.place.room.view()},
          {"sender", opening.place.sender.view()}};
}

Result<link_risk::ListEntry> entry_from(const json::Object& asked, const link_risk::HostReader& hosts) {
  KURAMORI_TRY(written, json::required_string(asked, "pattern"));
  link_risk::EntryForm form;
  if (const auto name = json::string_or(asked, "match", ""); !name.empty()) {
    form.match = link_risk::match_named(name);
    if (!form.match) return invalid_argument("match is host, domain or path.");
  }
  KURAMORI_TRY(entry, link_risk::read_entry(hosts, written, form));
  KURAMORI_TRY(action, action_of(asked));
  KURAMORI_TRY(reason, reason_of(asked));
  KURAMORI_TRY(expires, expiry_of(asked));
  entry.action = action;
  entry.reason = std::move(reason);
  entry.expires = expires;
  return entry;
}

Result<Source> source_from(const json::Object& asked, std::string name) {
  Source source{.name = std::move(name)};
  const auto format = link_risk::list_format_named(json::string_or(asked, "format", "domains"));
  if (!format) return invalid_argument("format is hosts, csv or domains.");
  KURAMORI_TRY(action, action_of(asked));
  KURAMORI_TRY(reason, reason_of(asked));
  KURAMORI_TRY(expires, expiry_of(asked));
  KURAMORI_TRY(location, json::optional_string(asked, "location"));
  KURAMORI_TRY(interval_s, json::optional_integer(asked, "interval_s"));
  constexpr std::int64_t kYear = 366LL * 86'400;
  if (interval_s && (*interval_s < 0 || *interval_s > kYear)) {
    return invalid_argument("interval_s is a number of seconds, at most a year.");
  }
  source.format = *format;
  source.action = action;
  source.reason = std::move(reason);
  source.expires = expires;
  source.location = std::move(location).value_or("");
  source.interval = std::chrono::seconds(interval_s.value_or(0));
  return source;
}

}  // namespace kuramori::links
