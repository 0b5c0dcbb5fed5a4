#include "approvals/request.hpp"

#include <array>

namespace kuramori::approvals {
namespace {

constexpr std::array<std::string_view, 4> kKinds{"message", "invite", "general", "file"};
constexpr std::array<std::string_view, 8> kStates{"waiting", "approved",  "refused",       "withdrawn",
                                                  "expired", "delivered", "undeliverable", "ended"};

json::Array decisions_of(const Request& request) {
  json::Array decisions;
  for (const Decision& decision : request.decisions) {
    decisions.emplace_back(
        json::Object{{"step", static_cast<std::int64_t>(decision.step)},
                     {"by", decision.by.view()},
                     {"decision", decision.verdict == Verdict::Approve ? "approve" : "refuse"},
                     {"reason", decision.reason},
                     {"at_ms", decision.at_ms}});
  }
  return decisions;
}

std::string text_at(const json::Object& object, std::string_view key) {
  return std::string(json::string_or(object, key, ""));
}

std::size_t size_at(const json::Object& object, std::string_view key) {
  const std::int64_t value = json::integer_or(object, key, 0);
  return value < 0 ? 0 : static_cast<std::size_t>(value);
}

}  // namespace

std::string_view to_string(Kind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::string_view to_string(State state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::optional<State> parse_state(std::string_view name) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == name) return static_cast<State>(i);
  }
  return std::nullopt;
}

json::Object to_json(const Request& request) {
  json::Array rules;
  for (const std::string& rule : request.rules) rules.emplace_back(rule);
  json::Object object{{"id", request.id},
                      {"kind", to_string(request.kind)},
                      {"state", to_string(request.state)},
                      {"requester", request.requester.view()},
                      {"operation", request.operation},
                      {"room", request.room.view()},
                      {"user", request.target.view()},
                      {"event_type", request.event_type},
                      {"rules", std::move(rules)},
                      {"reason", request.reason},
                      {"chain", request.chain},
                      {"step", static_cast<std::int64_t>(request.step)},
                      {"decisions", decisions_of(request)},
                      {"created_ms", request.created_ms},
                      {"expires_ms", request.expires_ms}};
  if (request.grant_until_ms > 0) object["grant_until_ms"] = request.grant_until_ms;
  if (!request.event.empty()) object["event_id"] = request.event.view();
  if (!request.failure.empty()) object["failure"] = request.failure;
  if (!request.file.empty()) object["file"] = request.file;
  return object;
}

json::Object to_detail(const Request& request) {
  json::Object detail = to_json(request);
  detail["device"] = request.device.view();
  detail["digest"] = request.digest;
  detail["transaction_scope"] = request.transaction_scope;
  detail["transaction"] = request.transaction;
  detail["sticky_ms"] = request.sticky_ms;
  detail["step_since_ms"] = request.step_since_ms;
  detail["escalations"] = static_cast<std::int64_t>(request.escalations);
  detail["sequence"] = request.sequence;
  detail["grant_ms"] = request.grant_ms;
  return detail;
}

Result<Request> from_detail(const json::Object& detail) {
  Request request;
  request.id = text_at(detail, "id");
  const auto state = parse_state(text_at(detail, "state"));
  const std::string kind = text_at(detail, "kind");
  if (request.id.empty() || !state) return corrupt("a request for approval has no state");
  request.state = *state;
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == kind) request.kind = static_cast<Kind>(i);
  }
  request.requester = UserId(text_at(detail, "requester"));
  request.device = DeviceId(text_at(detail, "device"));
  request.operation = text_at(detail, "operation");
  request.room = RoomId(text_at(detail, "room"));
  request.target = UserId(text_at(detail, "user"));
  request.event_type = text_at(detail, "event_type");
  request.reason = text_at(detail, "reason");
  request.digest = text_at(detail, "digest");
  request.transaction_scope = text_at(detail, "transaction_scope");
  request.transaction = text_at(detail, "transaction");
  request.sticky_ms = json::integer_or(detail, "sticky_ms", -1);
  request.step = size_at(detail, "step");
  request.step_since_ms = json::integer_or(detail, "step_since_ms", 0);
  request.escalations = size_at(detail, "escalations");
  request.sequence = json::integer_or(detail, "sequence", 0);
  request.created_ms = json::integer_or(detail, "created_ms", 0);
  request.expires_ms = json::integer_or(detail, "expires_ms", 0);
  request.grant_ms = json::integer_or(detail, "grant_ms", 0);
  request.grant_until_ms = json::integer_or(detail, "grant_until_ms", 0);
  request.event = EventId(text_at(detail, "event_id"));
  request.failure = text_at(detail, "failure");
  if (const json::Object* file = json::object_at(detail, "file")) request.file = *file;
  if (const json::Array* chain = json::array_at(detail, "chain")) request.chain = *chain;
  if (const json::Array* rules = json::array_at(detail, "rules")) {
    for (const json::Value& rule : *rules) {
      if (rule.is_string()) request.rules.emplace_back(json::view(rule.get_string()));
    }
  }
  if (const json::Array* decisions = json::array_at(detail, "decisions")) {
    for (const json::Value& value : *decisions) {
      if (!value.is_object()) return corrupt("a decision is no object");
      const json::Object& decision = value.get_object();
      request.decisions.push_back(
          {.step = size_at(decision, "step"),
           .by = UserId(text_at(decision, "by")),
           .verdict = text_at(decision, "decision") == "approve" ? Verdict::Approve : Verdict::Refuse,
           .reason = text_at(decision, "reason"),
           .at_ms = json::integer_or(decision, "at_ms", 0)});
    }
  }
  return request;
}

}  // namespace kuramori::approvals
