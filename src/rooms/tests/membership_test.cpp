// Joining, leaving, inviting, knocking, kicking, banning: what is allowed and what is refused.
#include "fixture.hpp"

namespace kuramori::rooms::testing {
namespace {

using matrix::Membership;

using Members = RoomsTest;

CreateRoom with_rule(std::string_view rule, json::Array allow = {}) {
  CreateRoom request;
  json::Object rules{{"join_rule", rule}};
  if (!allow.empty()) rules["allow"] = std::move(allow);
  request.initial_state.push_back({"m.room.join_rules", "", std::move(rules)});
  return request;
}

json::Value members_of(const RoomId& room) {
  return json::Object{{"type", "m.room_membership"}, {"room_id", room.view()}};
}

// What `bob` does from where he stands in a room of alice's.
struct Step {
  std::string_view join_rule;
  std::string_view from;  // none, invite, join, leave, ban, knock
  std::string_view act;   // join, leave, knock by bob; invite, kick, ban, unban by alice
  std::string_view outcome;
  Membership after;
};

class Transitions : public RoomsTest, public ::testing::WithParamInterface<Step> {};

TEST_P(Transitions, FollowTheSpecification) {
  const Step& step = GetParam();
  const RoomId room = make_room(alice, with_rule(step.join_rule));
  if (step.from == "invite" || step.from == "join" || step.from == "leave") {
    ASSERT_EQ(outcome(invite(alice, room, bob)), "ok");
    if (step.from != "invite") ASSERT_EQ(outcome(join(bob, room)), "ok");
    if (step.from == "leave") ASSERT_EQ(outcome(leave(bob, room)), "ok");
  }
  if (step.from == "ban") ASSERT_EQ(outcome(ban(alice, room, bob)), "ok");
  if (step.from == "knock") ASSERT_EQ(outcome(knock(bob, room)), "ok");

  const std::map<std::string_view, std::function<Result<void>()>> acts{
      {"join", [&] { return join(bob, room); }},         {"leave", [&] { return leave(bob, room); }},
      {"knock", [&] { return knock(bob, room); }},       {"invite", [&] { return invite(alice, room, bob); }},
      {"kick", [&] { return kick(alice, room, bob); }},  {"ban", [&] { return ban(alice, room, bob); }},
      {"unban", [&] { return unban(alice, room, bob); }}};
  EXPECT_EQ(outcome(acts.at(step.act)()), step.outcome);
  EXPECT_EQ(state(room)->membership(bob), step.after);
  // What is stored of the membership says the same.
  const auto rooms_of_bob = *run(rooms().rooms_of(bob));
  if (step.after == Membership::None) {
    EXPECT_TRUE(rooms_of_bob.empty());
  } else {
    ASSERT_EQ(rooms_of_bob.size(), 1U);
    EXPECT_EQ(rooms_of_bob[0].membership, step.after);
    EXPECT_EQ(rooms_of_bob[0].event, state(room)->find("m.room.member", bob.view())->id());
  }
}

INSTANTIATE_TEST_SUITE_P(All, Transitions,
                         ::testing::Values(Step{"invite", "none", "join", "M_FORBIDDEN", Membership::None},
                                           Step{"public", "none", "join", "ok", Membership::Join},
                                           Step{"invite", "invite", "join", "ok", Membership::Join},
                                           Step{"invite", "join", "join", "ok", Membership::Join},
                                           Step{"invite", "leave", "join", "M_FORBIDDEN", Membership::Leave},
                                           Step{"public", "leave", "join", "ok", Membership::Join},
                                           Step{"public", "ban", "join", "M_FORBIDDEN", Membership::Ban},
                                           Step{"knock", "knock", "join", "M_FORBIDDEN", Membership::Knock},
                                           Step{"public", "none", "leave", "M_FORBIDDEN", Membership::None},
                                           Step{"invite", "invite", "leave", "ok", Membership::Leave},
                                           Step{"invite", "join", "leave", "ok", Membership::Leave},
                                           Step{"invite", "leave", "leave", "ok", Membership::Leave},
                                           Step{"invite", "ban", "leave", "M_FORBIDDEN", Membership::Ban},
                                           Step{"knock", "knock", "leave", "ok", Membership::Leave},
                                           Step{"invite", "none", "knock", "M_FORBIDDEN", Membership::None},
                                           Step{"knock", "none", "knock", "ok", Membership::Knock},
                                           Step{"knock_restricted", "none", "knock", "ok", Membership::Knock},
                                           Step{"knock", "join", "knock", "M_FORBIDDEN", Membership::Join},
                                           Step{"knock", "invite", "knock", "M_FORBIDDEN",
                                                Membership::Invite},
                                           Step{"knock", "ban", "knock", "M_FORBIDDEN", Membership::Ban},
                                           Step{"invite", "none", "invite", "ok", Membership::Invite},
                                           Step{"invite", "invite", "invite", "ok", Membership::Invite},
                                           Step{"invite", "join", "invite", "M_FORBIDDEN", Membership::Join},
                                           Step{"invite", "ban", "invite", "M_FORBIDDEN", Membership::Ban},
                                           Step{"knock", "knock", "invite", "ok", Membership::Invite},
                                           Step{"invite", "none", "kick", "M_FORBIDDEN", Membership::None},
                                           Step{"invite", "join", "kick", "ok", Membership::Leave},
                                           Step{"invite", "invite", "kick", "ok", Membership::Leave},
                                           Step{"knock", "knock", "kick", "ok", Membership::Leave},
                                           Step{"invite", "leave", "kick", "M_FORBIDDEN", Membership::Leave},
                                           Step{"invite", "ban", "kick", "M_FORBIDDEN", Membership::Ban},
                                           Step{"invite", "none", "ban", "ok", Membership::Ban},
                                           Step{"invite", "join", "ban", "ok", Membership::Ban},
                                           Step{"invite", "ban", "unban", "ok", Membership::Leave},
                                           Step{"invite", "join", "unban", "M_FORBIDDEN", Membership::Join},
                                           Step{"invite", "none", "unban", "M_FORBIDDEN", Membership::None}));

TEST_F(Members, WithoutTheLevelNobodyKicksBansOrInvites) {
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(join(carol, room));
  EXPECT_EQ(outcome(kick(bob, room, carol)), "M_FORBIDDEN");
  EXPECT_EQ(outcome(ban(bob, room, carol)), "M_FORBIDDEN");
  EXPECT_EQ(outcome(invite(bob, room, user("dave"))), "M_FORBIDDEN");
  EXPECT_EQ(outcome(invite(user("dave"), room, user("erin"))), "M_FORBIDDEN");
  EXPECT_EQ(outcome(invite(alice, room, UserId("@x:elsewhere.org"))), "M_FORBIDDEN");
}

TEST_F(Members, UnknownRoomsAreNotFound) {
  const RoomId nowhere("!nowhere:example.org");
  EXPECT_EQ(outcome(join(alice, nowhere)), "M_NOT_FOUND");
  EXPECT_EQ(outcome(leave(alice, nowhere)), "M_NOT_FOUND");
  EXPECT_EQ(outcome(forget(alice, nowhere)), "M_NOT_FOUND");
  EXPECT_EQ(outcome(knock(alice, nowhere)), "M_NOT_FOUND");
  EXPECT_EQ(outcome(send(alice, nowhere, "x")), "M_FORBIDDEN");
}

struct RestrictedCase {
  std::string_view rule;
  bool is_member_of_other;
  bool is_invited;
  bool is_other_known;
  std::string_view outcome;
};

class Restricted : public RoomsTest, public ::testing::WithParamInterface<RestrictedCase> {};

TEST_P(Restricted, AdmitsMembersOfTheOtherRoom) {
  const RestrictedCase& test = GetParam();
  const RoomId other = make_room(carol, {.preset = Preset::PublicChat});
  if (test.is_member_of_other) ASSERT_TRUE(join(bob, other));
  const RoomId named = test.is_other_known ? other : RoomId("!unknown:elsewhere.org");
  const RoomId room = make_room(alice, with_rule(test.rule, {members_of(named)}));
  if (test.is_invited) ASSERT_TRUE(invite(alice, room, bob));
  EXPECT_EQ(outcome(join(bob, room)), test.outcome);
  if (test.outcome != "ok") return;
  const json::Object member = content(room, "m.room.member", bob.view());
  if (test.is_invited) {
    EXPECT_FALSE(member.contains("join_authorised_via_users_server"));
  } else {
    EXPECT_EQ(member.at("join_authorised_via_users_server").as_string(), alice.view());
  }
}

INSTANTIATE_TEST_SUITE_P(All, Restricted,
                         ::testing::Values(RestrictedCase{"restricted", true, false, true, "ok"},
                                           RestrictedCase{"knock_restricted", true, false, true, "ok"},
                                           RestrictedCase{"restricted", false, false, true, "M_FORBIDDEN"},
                                           RestrictedCase{"restricted", false, true, true, "ok"},
                                           RestrictedCase{"restricted", true, false, false,
                                                          "M_UNABLE_TO_AUTHORISE_JOIN"},
                                           RestrictedCase{"invite", true, false, true, "M_FORBIDDEN"}));

TEST_F(Members, ARestrictedRoomWithoutAnybodyWhoMayInviteGrantsNothing) {
  const RoomId other = make_room(bob, {.preset = Preset::PublicChat});
  CreateRoom request = with_rule("restricted", {members_of(other)});
  request.version = matrix::find_room_version("11");
  request.power_level_content_override = {{"invite", 50}};
  const RoomId room = make_room(alice, std::move(request));
  ASSERT_TRUE(leave(alice, room));
  EXPECT_EQ(outcome(join(bob, room)), "M_UNABLE_TO_GRANT_JOIN");
}

TEST_F(Members, TheProfileAndTheReasonAreInTheEvent) {
  server->profiles.known[bob] = {.display_name = "Bob", .avatar_url = "mxc://example.org/b"};
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
  ASSERT_TRUE(run(rooms().join(permit(bob, gate::Operation::RoomJoin), {.room = room, .reason = "curious"})));
  const json::Object expected{{"membership", "join"},
                              {"displayname", "Bob"},
                              {"avatar_url", "mxc://example.org/b"},
                              {"reason", "curious"}};
  EXPECT_EQ(content(room, "m.room.member", bob.view()), expected);
}

TEST_F(Members, GuestsJoinWhereGuestsMay) {
  const RoomId closed = make_room(alice, {.preset = Preset::PublicChat});
  CreateRoom request{.preset = Preset::PublicChat};
  request.initial_state.push_back({"m.room.guest_access", "", {{"guest_access", "can_join"}}});
  const RoomId open = make_room(alice, std::move(request));
  gate::Subject guest = subject(bob);
  guest.role = gate::Role::Guest;
  const auto try_join = [&](const RoomId& room) {
    return outcome(run(rooms().join(permit(guest, gate::Operation::RoomJoin), {.room = room, .reason = {}})));
  };
  EXPECT_EQ(try_join(closed), "M_GUEST_ACCESS_FORBIDDEN");
  EXPECT_EQ(try_join(open), "ok");
}

TEST_F(Members, ForgettingNeedsLeaving) {
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(send(alice, room, "hello"));
  EXPECT_EQ(outcome(forget(bob, room)), "M_UNKNOWN");
  ASSERT_TRUE(leave(bob, room));
  EXPECT_EQ(bodies(bob, room), std::vector<std::string>{"hello"});
  EXPECT_EQ(outcome(forget(bob, room)), "ok");
  EXPECT_TRUE((*run(rooms().rooms_of(bob)))[0].forgotten);
  EXPECT_EQ(bodies(bob, room), std::vector<std::string>{"M_FORBIDDEN"});
  EXPECT_EQ(outcome(forget(bob, room)), "ok");
  ASSERT_TRUE(join(bob, room));
  EXPECT_FALSE((*run(rooms().rooms_of(bob)))[0].forgotten);
  EXPECT_EQ(outcome(forget(carol, room)), "M_NOT_FOUND");
}

TEST_F(Members, MembershipMayBeSetAsState) {
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
  EXPECT_EQ(outcome(set_state(bob, room, "m.room.member", {{"membership", "join"}, {"displayname", "B"}},
                              bob.str())),
            "ok");
  EXPECT_EQ(content(room, "m.room.member", bob.view()).at("displayname").as_string(), "B");
  EXPECT_EQ(outcome(set_state(bob, room, "m.room.member", {{"membership", "ban"}}, alice.str())),
            "M_FORBIDDEN");
  EXPECT_EQ(outcome(set_state(alice, room, "m.room.member", {{"membership", "ban"}}, bob.str())), "ok");
  EXPECT_EQ(outcome(set_state(alice, room, "m.room.member", {{"membership", "odd"}}, bob.str())),
            "M_BAD_JSON");
  EXPECT_EQ(outcome(set_state(alice, room, "m.room.member", {{"membership", "leave"}}, "bob")),
            "M_INVALID_PARAM");
  EXPECT_EQ(outcome(set_state(alice, room, "m.room.member", {{"membership", "invite"}}, "@x:elsewhere.org")),
            "M_FORBIDDEN");
}

TEST_F(Members, ProfilesFollowIntoJoinedRoomsAlone) {
  const RoomId joined = make_room(bob, {.preset = Preset::PublicChat});
  const RoomId left = make_room(alice, {.preset = Preset::PublicChat});
  ASSERT_TRUE(join(bob, left));
  ASSERT_TRUE(leave(bob, left));
  const std::size_t before = stream.events.size();
  const MemberProfile profile{.display_name = "Robert", .avatar_url = std::nullopt};
  ASSERT_TRUE(run(rooms().update_member_profile(subject(bob), bob, profile)));
  ASSERT_TRUE(run(rooms().update_member_profile(subject(bob), bob, profile)));
  EXPECT_EQ(stream.events.size(), before + 1);
  EXPECT_EQ(content(joined, "m.room.member", bob.view()).at("displayname").as_string(), "Robert");
  EXPECT_FALSE(content(left, "m.room.member", bob.view()).contains("displayname"));
}

TEST_F(Members, LeavingAllLeavesRejectsAndWithdraws) {
  const RoomId joined = make_room(bob);
  const RoomId invited = make_room(alice, {.invite = {bob}});
  const RoomId knocked = make_room(alice, with_rule("knock"));
  ASSERT_TRUE(knock(bob, knocked));
  ASSERT_TRUE(run(rooms().leave_all(subject(bob), bob)));
  for (const RoomId& room : {joined, invited, knocked})
    EXPECT_EQ(state(room)->membership(bob), Membership::Leave);
}

}  // namespace
}  // namespace kuramori::rooms::testing
