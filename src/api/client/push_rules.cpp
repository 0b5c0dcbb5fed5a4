// /pushrules (client-server API, module push, "Push rules API").
#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/sync_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

using RuleSet = std::shared_ptr<const matrix::PushRuleSet>;

struct Reading {
  RuleSet rules;
  std::optional<Response> denied;
};

Task<Reading> read_rules(Call& call, Pipeline& pipeline, SyncServices& services) {
  auto admitted =
      co_await pipeline.admit(call, gate::Operation::AccountDataRead, resource_named("m.push_rules"));
  if (admitted.denied) co_return Reading{nullptr, std::move(admitted.denied)};
  auto rules = co_await services.push_rules.of(call.session->user);
  if (!rules) co_return Reading{nullptr, failed(rules.error())};
  co_return Reading{*std::move(rules), {}};
}

// /pushrules/ and /pushrules/global/.
enum class Scope : bool { All, Global };
Task<Response> get_rules(Call& call, Pipeline& pipeline, SyncServices& services, Scope scope) {
  auto reading = co_await read_rules(call, pipeline, services);
  if (reading.denied) co_return *std::move(reading.denied);
  const json::Object all = reading.rules->to_json();
  co_return ok(scope == Scope::All ? all : *json::object_at(all, "global"));
}

// One rule, or one of its members alone.
Task<Response> get_rule(Call& call, Pipeline& pipeline, SyncServices& services, std::string_view member) {
  auto reading = co_await read_rules(call, pipeline, services);
  if (reading.denied) co_return *std::move(reading.denied);
  const auto rule = reading.rules->rule(call.parameter(0), call.parameter(1));
  if (!rule) co_return failed(rule.error());
  if (member.empty()) co_return ok(*rule);
  json::Object body;
  body[member] = *json::find(*rule, member);
  co_return ok(body);
}

Task<Response> change(Call& call, Pipeline& pipeline, SyncServices& services, sync::RuleChange change) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::PushRulesSet,
                                          resource_named(call.parameter(0) + "/" + call.parameter(1)));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto changed =
      co_await services.push_rules.change(*std::move(admitted.permit), call.session->user, std::move(change));
  co_return changed ? empty_ok() : failed(changed.error());
}

Task<Response> put_rule(Call& call, Pipeline& pipeline, SyncServices& services) {
  const auto place_of = [&](std::string_view name) {
    return std::string(call.request.query_value(name).value_or(""));
  };
  const matrix::PushRuleSet::Place place{.before = place_of("before"), .after = place_of("after")};
  sync::RuleChange put = [&call, place](const matrix::PushRuleSet& rules) {
    return rules.put(call.parameter(0), call.parameter(1), call.body, place);
  };
  co_return co_await change(call, pipeline, services, std::move(put));
}

Task<Response> delete_rule(Call& call, Pipeline& pipeline, SyncServices& services) {
  sync::RuleChange remove = [&call](const matrix::PushRuleSet& rules) {
    return rules.remove(call.parameter(0), call.parameter(1));
  };
  co_return co_await change(call, pipeline, services, std::move(remove));
}

Task<Response> put_enabled(Call& call, Pipeline& pipeline, SyncServices& services) {
  sync::RuleChange enable = [&call](const matrix::PushRuleSet& rules) {
    return rules.set_enabled(call.parameter(0), call.parameter(1), call.body);
  };
  co_return co_await change(call, pipeline, services, std::move(enable));
}

Task<Response> put_actions(Call& call, Pipeline& pipeline, SyncServices& services) {
  sync::RuleChange set = [&call](const matrix::PushRuleSet& rules) {
    return rules.set_actions(call.parameter(0), call.parameter(1), call.body);
  };
  co_return co_await change(call, pipeline, services, std::move(set));
}

// With and without the final slash: clients use both.
std::vector<std::string> both_paths(std::string_view rest) {
  std::vector<std::string> paths = v3_paths(std::string(rest) + "/");
  for (std::string& path : v3_paths(rest)) paths.push_back(std::move(path));
  return paths;
}

}  // namespace

void add_push_rule_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  const auto rule = v3_paths("/pushrules/global/{kind}/{rule}");
  const auto enabled = v3_paths("/pushrules/global/{kind}/{rule}/enabled");
  const auto actions = v3_paths("/pushrules/global/{kind}/{rule}/actions");
  const EndpointOptions reads{.access = Access::User, .limit = ""};
  const EndpointOptions writes{.access = Access::User, .limit = "", .takes_body = true};
  const auto add = [&](net::Method method, const std::vector<std::string>& paths,
                       const EndpointOptions& options, EndpointHandler handler) {
    pipeline.add(router, method, paths, options, std::move(handler));
  };
  add(net::Method::Get, both_paths("/pushrules"), reads,
      [&](Call& call) { return get_rules(call, pipeline, services, Scope::All); });
  add(net::Method::Get, both_paths("/pushrules/global"), reads,
      [&](Call& call) { return get_rules(call, pipeline, services, Scope::Global); });
  add(net::Method::Get, rule, reads, [&](Call& call) { return get_rule(call, pipeline, services, ""); });
  add(net::Method::Get, enabled, reads,
      [&](Call& call) { return get_rule(call, pipeline, services, "enabled"); });
  add(net::Method::Get, actions, reads,
      [&](Call& call) { return get_rule(call, pipeline, services, "actions"); });
  add(net::Method::Put, rule, writes, [&](Call& call) { return put_rule(call, pipeline, services); });
  add(net::Method::Delete, rule, reads, [&](Call& call) { return delete_rule(call, pipeline, services); });
  add(net::Method::Put, enabled, writes, [&](Call& call) { return put_enabled(call, pipeline, services); });
  add(net::Method::Put, actions, writes, [&](Call& call) { return put_actions(call, pipeline, services); });
}

}  // namespace kuramori::api::client
