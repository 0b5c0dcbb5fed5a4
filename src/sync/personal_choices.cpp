#include "sync/personal_choices.hpp"

#include <mutex>
#include <unordered_map>

#include "sync/changes.hpp"

namespace kuramori::sync {

using runtime::Task;

namespace {

constexpr std::string_view kIgnored = "m.ignored_user_list";
constexpr std::string_view kInvitations = "m.invite_permission_config";

struct Choices {
  rooms::IgnoredUsers ignored;
  bool blocks_invitations = false;
};

rooms::IgnoredUsers ignored_in(const std::optional<json::Object>& content) {
  const json::Object* users = content ? json::object_at(*content, "ignored_users") : nullptr;
  if (users == nullptr || users->empty()) return nullptr;
  auto ignored = std::make_shared<std::unordered_set<UserId>>();
  for (const auto& user : *users) ignored->emplace(std::string_view(user.key()));
  return ignored;
}

}  // namespace

struct PersonalChoices::State {
  AccountData& account_data;
  std::size_t cached_max;
  std::mutex mutex;
  std::unordered_map<UserId, Choices> cached;
  std::uint64_t generation = 0;  // moves with every change, so that what was read before it is not kept

  Task<Result<Choices>> of(UserId user);
};

Task<Result<Choices>> PersonalChoices::State::of(UserId user) {
  std::uint64_t read_at = 0;
  {
    const std::scoped_lock lock(mutex);
    const auto found = cached.find(user);
    if (found != cached.end()) co_return found->second;
    read_at = generation;
  }
  auto ignored = co_await account_data.find(user, RoomId(), std::string(kIgnored));
  if (!ignored) co_return std::move(ignored).error();
  auto invitations = co_await account_data.find(user, RoomId(), std::string(kInvitations));
  if (!invitations) co_return std::move(invitations).error();
  Choices choices{.ignored = ignored_in(*ignored), .blocks_invitations = false};
  if (*invitations) {
    choices.blocks_invitations = json::string_or(**invitations, "default_action", "") == "block";
  }
  const std::scoped_lock lock(mutex);
  if (generation == read_at) {
    if (cached.size() >= cached_max) cached.erase(cached.begin());
    cached[user] = choices;
  }
  co_return choices;
}

PersonalChoices::PersonalChoices(AccountData& account_data, std::size_t cached_max)
    : state_(new State{account_data, cached_max, {}, {}, 0}) {}
PersonalChoices::~PersonalChoices() = default;

Task<Result<rooms::IgnoredUsers>> PersonalChoices::ignored_by(UserId user) {
  auto choices = co_await state_->of(std::move(user));
  if (!choices) co_return std::move(choices).error();
  co_return std::move(choices->ignored);
}

Task<Result<rooms::PersonalChoices::Invitation>> PersonalChoices::invitation(UserId invited, UserId) {
  auto choices = co_await state_->of(std::move(invited));
  if (!choices) co_return std::move(choices).error();
  co_return choices->blocks_invitations ? Invitation::Blocked : Invitation::Accepted;
}

void PersonalChoices::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto* data = dynamic_cast<const AccountDataChanged*>(change.payload.get());
    if (data == nullptr || !data->room.empty()) continue;
    if (data->type != kIgnored && data->type != kInvitations) continue;
    const std::scoped_lock lock(state_->mutex);
    state_->cached.erase(data->user);
    ++state_->generation;
  }
}

}  // namespace kuramori::sync
