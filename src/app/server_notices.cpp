#include "app/server_notices.hpp"

#include "runtime/manual_executor.hpp"

namespace kuramori::app {
namespace {

constexpr std::string_view kRoomName = "Kuramori · 通知 · お知らせ";

gate::Subject server_as(const UserId& user) {
  gate::Subject subject = gate::Subject::system();
  subject.user = user;
  subject.user_agent = "server notice";
  return subject;
}

}  // namespace

ServerNotices::ServerNotices(Ports ports, const ServerName& server)
    : ports_(std::move(ports)), author_(author_of(server)) {}

UserId ServerNotices::author_of(const ServerName& server) {
  return UserId("@" + std::string(kLocalpart) + ":" + server.str());
}

runtime::Task<Result<gate::Permit>> ServerNotices::permission(UserId as, gate::Operation operation,
                                                              gate::Resource resource) {
  gate::Action action{.subject = server_as(as), .operation = operation, .resource = std::move(resource)};
  auto asking = ports_.gate.admit(std::move(action));
  auto admission = co_await std::move(asking);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->explanation.en);
  co_return std::get<gate::Permit>(std::move(admission));
}

std::optional<RoomId> ServerNotices::known_room(const UserId& person) const {
  const std::scoped_lock lock(mutex_);
  const auto found = rooms_.find(person);
  return found == rooms_.end() ? std::nullopt : std::optional(found->second);
}

void ServerNotices::remember(const UserId& person, const RoomId& room) {
  const std::scoped_lock lock(mutex_);
  if (rooms_.size() >= kRememberedMax) rooms_.clear();
  rooms_.insert_or_assign(person, room);
}

runtime::Task<Result<RoomId>> ServerNotices::room_with(UserId to) {
  if (const auto known = known_room(to)) {
    auto looking = ports_.rooms.current_state(*known);
    const auto state = co_await std::move(looking);
    if (state && (*state)->membership(to) == matrix::Membership::Join) co_return *known;
  }
  auto listing = ports_.rooms.rooms_of(author_);
  KURAMORI_CO_TRY(known, co_await std::move(listing));
  for (const rooms::UserRoom& room : known) {
    if (room.membership != matrix::Membership::Join) continue;
    auto looking = ports_.rooms.current_state(room.room);
    const auto state = co_await std::move(looking);
    if (!state || (*state)->membership(to) != matrix::Membership::Join) continue;
    remember(to, room.room);
    co_return room.room;
  }
  auto asking = permission(author_, gate::Operation::RoomCreate, {});
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  rooms::CreateRoom request{.preset = rooms::Preset::PrivateChat,
                            .direct = rooms::CreateRoom::Direct::Yes,
                            .name = std::string(kRoomName),
                            .invite = {to}};
  // Nobody answers: the author reads nothing.
  request.power_level_content_override = {{"events_default", 50}};
  auto creating = ports_.rooms.create(std::move(permit), std::move(request));
  KURAMORI_CO_TRY(room, co_await std::move(creating));
  gate::Resource resource;
  resource.room = room;
  auto asking_to_join = permission(to, gate::Operation::RoomJoin, std::move(resource));
  KURAMORI_CO_TRY(join, co_await std::move(asking_to_join));
  auto joining = ports_.rooms.join(std::move(join), {.room = room});
  KURAMORI_CO_CHECK(co_await std::move(joining));
  remember(to, room);
  co_return room;
}

runtime::Task<Result<EventId>> ServerNotices::send(UserId to, gate::Localised text) {
  auto finding = room_with(std::move(to));
  KURAMORI_CO_TRY(room, co_await std::move(finding));
  gate::Resource resource;
  resource.room = room;
  resource.event_type = "m.room.message";
  auto asking = permission(author_, gate::Operation::RoomSend, std::move(resource));
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  rooms::SendEvent request{.room = room, .type = "m.room.message"};
  request.content = {{"msgtype", "m.server_notice"},
                     {"server_notice_type", "org.kuramori.notice"},
                     {"body", text.en + "\n\n" + text.zh_hans + "\n\n" + text.zh_hant + "\n\n" + text.ja}};
  auto sending = ports_.rooms.send(std::move(permit), std::move(request));
  auto sent = co_await std::move(sending);
  co_return sent;
}

runtime::Task<Result<std::vector<UserId>>> ServerNotices::security_officers() {
  auto asking = permission(UserId(), gate::Operation::AdminUserList, {});
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  constexpr std::size_t kPage = 500;
  std::vector<UserId> officers;
  UserId after;
  for (;;) {
    auto listing = ports_.accounts.list(permit, after, kPage);
    KURAMORI_CO_TRY(page, co_await std::move(listing));
    for (const identity::Account& account : page) {
      const bool is_told =
          account.role == gate::Role::SecurityOfficer || account.role == gate::Role::Administrator;
      if (is_told && !account.deactivated) officers.push_back(account.user);
    }
    if (page.size() < kPage) break;
    after = page.back().user;
  }
  co_return officers;
}

runtime::Task<Result<void>> ServerNotices::send_to_officers(gate::Localised text) {
  auto looking = security_officers();
  KURAMORI_CO_TRY(officers, co_await std::move(looking));
  for (const UserId& officer : officers) {
    auto sending = send(officer, text);
    const auto sent = co_await std::move(sending);
    if (!sent) ports_.log.warning("notice_not_sent", {{"error", sent.error().to_log()}});
  }
  co_return Result<void>();
}

void ServerNotices::tell_owner(const UserId& owner, const gate::Localised& text) {
  runtime::ManualExecutor executor(ports_.clock);
  const auto sent = executor.run(send(owner, text));
  if (!sent) ports_.log.warning("notice_not_sent", {{"error", sent.error().to_log()}});
}

void ServerNotices::tell_security_officers(const gate::Localised& text) {
  runtime::ManualExecutor executor(ports_.clock);
  const auto sent = executor.run(send_to_officers(text));
  if (!sent) ports_.log.warning("notices_not_sent", {{"error", sent.error().to_log()}});
}

}  // namespace kuramori::app
