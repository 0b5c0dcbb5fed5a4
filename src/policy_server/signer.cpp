#include "policy_server/signer.hpp"

#include "rooms/policy_server.hpp"

namespace kuramori::policy_server {
namespace {

Error bad_event(std::string message) {
  return {ErrorCode::InvalidArgument, "M_BAD_JSON", std::move(message)};
}

// What a rule would hide cannot be hidden any more: the event is signed as it is, or not.
gate::Localised not_masked_explanation() {
  return {
      "Parts of this would have to be hidden, which a policy server cannot do. Remove them and send it "
      "again.",
      "其中部分内容须隐去,而策略服务器无法代为隐去。请删除后重新发送。",
      "其中部分內容須隱去,而政策伺服器無法代為隱去。請移除後重新發送。",
      "一部を伏せる必要がありますが、ポリシーサーバーでは行えません。該当箇所を削除して送り直してください。"};
}

gate::Refusal not_masked(const gate::Permit& permit, std::string language) {
  gate::Refusal refusal;
  refusal.rule = permit.rule();
  refusal.policy_version = permit.policy_version();
  refusal.explanation = not_masked_explanation();
  refusal.language = std::move(language);
  return refusal;
}

}  // namespace

// A room that is known says itself whether it is protected; of the others the configuration does.
runtime::Task<Result<const matrix::RoomVersion*>> Signer::version_of(RoomId room) const {
  if (const matrix::RoomVersion* version = rooms_.version_of(room)) co_return version;
  auto looking = ports_.rooms.current_state(room);
  const auto state = co_await std::move(looking);
  const bool is_served = state && rooms::serves_as_policy_server(**state, server_, ports_.key);
  const matrix::EventPtr created = is_served ? (*state)->find("m.room.create", "") : nullptr;
  if (created == nullptr) co_return not_found("This policy server does not protect the room.");
  co_return &created->version();
}

runtime::Task<Result<matrix::EventPtr>> Signer::event_in(json::Object pdu) const {
  RoomId room(json::string_or(pdu, "room_id", ""));
  if (room.empty()) {
    // From version 12 on, what creates a room does not name it.
    auto created = matrix::Event::parse(pdu, *matrix::find_room_version("12"));
    if (!created) co_return bad_event(created.error().message());
    room = (*created)->room();
  }
  auto asking = version_of(room);
  KURAMORI_CO_TRY(version, co_await std::move(asking));
  auto event = matrix::Event::parse(std::move(pdu), *version);
  if (!event) co_return bad_event(event.error().message());
  if (!matrix::content_hash_matches((*event)->pdu()))
    co_return bad_event("The content hash of the event does not match it.");
  if (rooms::is_policy_server_event((*event)->type(), (*event)->state_key()))
    co_return bad_event("The event that names a policy server is not signed by it.");
  co_return *std::move(event);
}

runtime::Task<Signer::Answer> Signer::judge(gate::Action action, matrix::EventPtr event, ServerName origin) {
  const gate::Action asked = action;
  auto admitting = ports_.gate.admit(std::move(action));
  auto admission = co_await std::move(admitting);
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return std::move(*refusal);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  auto& permit = std::get<gate::Permit>(admission);
  if (permit.amended_content()) {
    gate::Refusal refusal = not_masked(permit, asked.subject.language);
    auto recording = ports_.gate.record_failure(asked, "masked", {});
    const auto recorded = co_await std::move(recording);
    if (!recorded) co_return recorded.error();
    co_return refusal;
  }
  gate::Outcome outcome{.detail = event->id().str() + " " + origin.str()};
  auto recording = ports_.gate.record(std::move(permit), std::move(outcome));
  const auto recorded = co_await std::move(recording);
  if (!recorded) co_return recorded.error();
  json::Object by_key;
  by_key[ports_.key.key_id()] = matrix::signature_over(event->pdu(), event->version(), ports_.key);
  json::Object signatures;
  signatures[server_.view()] = std::move(by_key);
  co_return signatures;
}

runtime::Task<Signer::Answer> Signer::sign(Asking asking) {
  auto reading = event_in(std::move(asking.pdu));
  const auto event = co_await std::move(reading);
  if (!event) co_return event.error();
  gate::Action action{.subject = {}, .operation = gate::Operation::PolicyServerSign, .resource = {}};
  action.subject.outsider = (*event)->sender();
  action.subject.role = gate::Role::Guest;
  action.subject.address = std::move(asking.address);
  action.subject.language = std::move(asking.language);
  action.resource.room = (*event)->room();
  action.resource.event = (*event)->id();
  action.resource.event_type = (*event)->type();
  action.resource.name = (*event)->sender().str();
  action.content = &(*event)->content();
  auto judging = judge(std::move(action), *event, std::move(asking.origin));
  auto answer = co_await std::move(judging);
  co_return answer;
}

}  // namespace kuramori::policy_server
