#include "rooms/identity_links.hpp"

namespace kuramori::rooms {
namespace {

std::optional<std::string> given(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

runtime::Task<Result<MemberProfile>> IdentityProfiles::profile_of(UserId user) {
  identity::ProfilePtr profile = profiles_.cached(user);
  if (profile == nullptr) {
    auto reading = profiles_.read(user);
    KURAMORI_CO_TRY(found, co_await std::move(reading));
    profile = std::move(found);
  }
  co_return MemberProfile{.display_name = given(profile->display_name()),
                          .avatar_url = given(profile->avatar_url())};
}

runtime::Task<void> AccountFollower::profile_changed(gate::Subject subject, UserId user) {
  auto reading = profiles_.profile_of(user);
  auto profile = co_await std::move(reading);
  if (!profile) {
    log_.warning("rooms.profile_not_read", {{"error", profile.error().to_log()}});
    co_return;
  }
  auto updating = rooms_.update_member_profile(std::move(subject), user, *std::move(profile));
  const auto updated = co_await std::move(updating);
  if (!updated) log_.warning("rooms.profile_not_updated", {{"error", updated.error().to_log()}});
}

runtime::Task<void> AccountFollower::account_deactivated(gate::Subject subject, UserId user) {
  auto leaving = rooms_.leave_all(std::move(subject), user);
  const auto left = co_await std::move(leaving);
  if (!left) log_.warning("rooms.not_left", {{"error", left.error().to_log()}});
}

}  // namespace kuramori::rooms
