// What people have decided about others, from their account data: whom they ignore (m.ignored_user_list) and
// whether they take invitations (m.invite_permission_config). Cached; the stream tells of changes.
// Thread-safe.
#pragma once
#include <memory>

#include "rooms/ports.hpp"
#include "sync/account_data.hpp"

namespace kuramori::sync {

class PersonalChoices final : public rooms::PersonalChoices, public storage::StreamListener {
 public:
  explicit PersonalChoices(AccountData& account_data, std::size_t cached_max = 100'000);
  ~PersonalChoices() override;

  runtime::Task<Result<rooms::IgnoredUsers>> ignored_by(UserId user) override;
  // An ignored person's invitation is accepted and kept from the invited one's sight: the inviter does not
  // learn of it.
  runtime::Task<Result<Invitation>> invitation(UserId invited, UserId inviter) override;
  void committed(std::span<const Change> changes) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::sync
