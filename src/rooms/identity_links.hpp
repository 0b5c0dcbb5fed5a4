// The two directions between people and rooms: profiles go into member events, changes of accounts are
// followed.
#pragma once
#include "identity/ports.hpp"
#include "identity/profiles.hpp"
#include "rooms/ports.hpp"
#include "rooms/service.hpp"

namespace kuramori::rooms {

class IdentityProfiles final : public ProfileSource {
 public:
  explicit IdentityProfiles(identity::Profiles& profiles) : profiles_(profiles) {}
  runtime::Task<Result<MemberProfile>> profile_of(UserId user) override;

 private:
  identity::Profiles& profiles_;
};

class AccountFollower final : public identity::AccountFollower {
 public:
  AccountFollower(RoomService& rooms, ProfileSource& profiles, Logger log)
      : rooms_(rooms), profiles_(profiles), log_(std::move(log)) {}
  runtime::Task<void> profile_changed(gate::Subject subject, UserId user) override;
  runtime::Task<void> account_deactivated(gate::Subject subject, UserId user) override;

 private:
  RoomService& rooms_;
  ProfileSource& profiles_;
  Logger log_;
};

}  // namespace kuramori::rooms
