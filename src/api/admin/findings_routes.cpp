// GET /findings: what detectors and dictionaries found in what people did, by kind and count. The text itself
// is nowhere but in its room.
#include "api/admin/paths.hpp"
#include "api/admin/quarantine_routes.hpp"
#include "api/resource/page.hpp"
#include "api/resource/parameters.hpp"
#include "audit/opened_entries.hpp"

namespace kuramori::api::admin {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

constexpr std::size_t kLookedAtMost = 20'000;  // entries of the record for one page
constexpr std::size_t kFilterBytesMax = 512;

struct FindingsFilter {
  Timestamp from{};
  Timestamp to{};
  std::string source;  // a detector or dictionary
  std::string rule;
  std::string operation;
  std::string outcome;
  std::string sender;
  std::string room;
};

Result<FindingsFilter> read_filter(const net::Request& request, Timestamp now) {
  FindingsFilter filter;
  KURAMORI_TRY(from, resource::integer_parameter(request, "from_ms"));
  KURAMORI_TRY(to, resource::integer_parameter(request, "to_ms"));
  filter.from = from_unix_ms(from.value_or(0));
  filter.to = to ? from_unix_ms(*to) : now + Milliseconds(1);
  struct Text {
    std::string_view name;
    std::string FindingsFilter::* member;
  };
  for (const Text& text :
       {Text{"source", &FindingsFilter::source}, Text{"rule", &FindingsFilter::rule},
        Text{"operation", &FindingsFilter::operation}, Text{"outcome", &FindingsFilter::outcome},
        Text{"sender", &FindingsFilter::sender}, Text{"room", &FindingsFilter::room}}) {
    KURAMORI_TRY(value, resource::text_parameter(request, text.name, kFilterBytesMax));
    filter.*text.member = std::move(value);
  }
  return filter;
}

bool passes(const audit::OpenedEntry& opened, const json::Object& findings, const FindingsFilter& filter) {
  const auto fits = [](const std::string& wanted, std::string_view value) {
    return wanted.empty() || wanted == value;
  };
  return (filter.source.empty() || findings.contains(filter.source)) &&
         fits(filter.rule, opened.entry.rule) && fits(filter.operation, opened.entry.operation) &&
         fits(filter.outcome, opened.entry.outcome) && fits(filter.sender, opened.who.user.view()) &&
         fits(filter.room, gate::Resource::from_record(opened.entry.resource).room.view());
}

json::Object finding_to_json(const audit::OpenedEntry& opened, const json::Object& findings) {
  const gate::Resource resource = gate::Resource::from_record(opened.entry.resource);
  json::Object object{{"entry", static_cast<std::int64_t>(opened.index)},
                      {"time", to_rfc3339(opened.entry.time)},
                      {"operation", opened.entry.operation},
                      {"outcome", opened.entry.outcome},
                      {"rule", opened.entry.rule},
                      {"policy_version", opened.entry.policy_version},
                      {"sender", opened.who.user.view()}};
  if (!resource.room.empty()) object["room"] = resource.room.view();
  if (opened.entry.operation == "inspection.verdict") object["file"] = resource.name;
  if (opened.entry.kind == audit::EntryKind::Decision) {
    object["decision_id"] = opened.entry.detail;
  } else if (opened.entry.detail.starts_with('$')) {
    object["event_id"] = opened.entry.detail;
  }
  json::Array list;
  for (const auto& [source, count] : findings)
    list.emplace_back(json::Object{{"source", source}, {"count", count}});
  object["findings"] = std::move(list);
  return object;
}

struct FindingsPage {
  json::Array list;
  std::optional<std::uint64_t> next;
};

// The newest first.
Result<FindingsPage> read_findings(storage::Snapshot& snapshot, storage::KeyRing& keys,
                                   const FindingsFilter& filter, const resource::NumberedPage& page) {
  KURAMORI_TRY(people, audit::PersonDirectory::load(snapshot, keys));
  audit::RecordSpan span{.from = filter.from, .to = filter.to, .direction = storage::Direction::Backward};
  if (page.after) span.after = static_cast<std::uint64_t>(*page.after);
  FindingsPage found;
  std::size_t looked_at = 0;
  std::uint64_t last = 0;
  const auto visit = [&](audit::OpenedEntry&& opened) {
    if (looked_at == kLookedAtMost || found.list.size() == page.limit) {
      found.next = last;
      return false;
    }
    ++looked_at;
    last = opened.index;
    const json::Object* findings = json::object_at(opened.personal, "findings");
    if (findings != nullptr && passes(opened, *findings, filter))
      found.list.emplace_back(finding_to_json(opened, *findings));
    return true;
  };
  KURAMORI_CHECK(audit::for_each_opened(snapshot, people, span, visit));
  return found;
}

Task<Response> get_findings(Call& call, Pipeline& pipeline, FindingsServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminFindingsRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto page = resource::read_numbered_page(call.request, {.standard = 50, .most = 500});
  if (!page) co_return resource::failed(page.error(), call.request);
  const auto filter = read_filter(call.request, pipeline.clock().now());
  if (!filter) co_return resource::failed(filter.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "findings");
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  auto query = [&keys = services.keys, wanted = *filter, page = *page](storage::Snapshot& snapshot) {
    return read_findings(snapshot, keys, wanted, page);
  };
  auto reading = services.reader.read(std::move(query));
  auto found = co_await std::move(reading);
  if (!found) co_return resource::failed(found.error(), call.request);
  json::Object body;
  body.emplace("findings", std::move(found->list));
  if (found->next) body.emplace("next_cursor", resource::to_cursor(std::to_string(*found->next)));
  co_return resource::ok(body);
}

}  // namespace

void add_findings_routes(net::Router& router, Pipeline& pipeline, FindingsServices& services) {
  pipeline.add(router, net::Method::Get, path("/findings"), {.limit = "administration"},
               [&](Call& call) { return get_findings(call, pipeline, services); });
}

}  // namespace kuramori::api::admin
