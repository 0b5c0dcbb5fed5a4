#include "matrix/state_resolution.hpp"

#include <algorithm>
#include <numeric>

#include "tests/support.hpp"

namespace kuramori::matrix {
namespace {

using testing::text_at;

// A scenario of the vectors in one room version: its events by name and by id.
class Scenario {
 public:
  Scenario(const json::Object& scenario, std::string version) : version_(std::move(version)) {
    for (const json::Value& event : scenario.at("events").as_array()) add(event.as_object());
    for (const json::Value& state : scenario.at("states").as_array())
      states_.push_back(state_of(state.as_array()));
    if (const json::Array* rejected = json::array_at(scenario, "rejected")) {
      for (const json::Value& name : *rejected) rejected_.push_back(named(name)->id());
    }
  }

  StateMap state_of(const json::Array& names) const {
    StateMap state;
    for (const json::Value& name : names) {
      const EventPtr event = named(name);
      state[{event->type(), *event->state_key()}] = event->id();
    }
    return state;
  }
  std::vector<StateMap>& states() { return states_; }

  Result<StateMap> resolve_in(const std::vector<std::size_t>& order) const {
    std::vector<StateMap> ordered;
    for (const std::size_t index : order) ordered.push_back(states_[index]);
    return resolve(
        ordered, testing::version(version_),
        [this](const EventId& id) {
          const auto found = by_id_.find(id);
          return found == by_id_.end() ? nullptr : found->second;
        },
        [this](const EventId& id) { return std::ranges::find(rejected_, id) != rejected_.end(); });
  }

  std::string names_of(const StateMap& state) const {
    std::vector<std::string> names;
    for (const auto& [key, id] : state) {
      for (const auto& [name, event] : by_name_) {
        if (event->id() == id) names.push_back(name);
      }
    }
    std::ranges::sort(names);
    std::string all;
    for (const std::string& name : names) all += name + " ";
    return all;
  }
  void forget(const std::string& name) { by_id_.erase(by_name_.at(name)->id()); }

 private:
  EventPtr named(const json::Value& name) const {
    return by_name_.at(std::string(json::view(name.as_string())));
  }

  void add(const json::Object& vector) {
    json::Object members = vector;
    const std::string name = text_at(members, "id");
    const std::string type = text_at(members, "type");
    json::Array auth;
    for (const json::Value& cited : vector.at("auth").as_array()) {
      const EventPtr event = named(cited);
      if (version_ != "12" || event->type() != "m.room.create") auth.emplace_back(event->id().view());
    }
    members["auth_events"] = std::move(auth);
    members["origin_server_ts"] = members.at("ts");
    for (const char* key : {"id", "ts", "auth"}) members.erase(key);
    if (version_ != "12") to_older_version(type, members);
    if (type == "m.room.create") {
      members["prev_events"] = json::Array{};
    } else {
      members["room_id"] = by_name_.at("create")->room().view();
    }
    const EventPtr event = testing::event(members, version_);
    by_name_[name] = event;
    by_id_[event->id()] = event;
  }

  void to_older_version(const std::string& type, json::Object& members) const {
    const std::string creator = "@alice:one";
    json::Object& content = members.at("content").as_object();
    if (type == "m.room.create") members["room_id"] = "!room:one";
    if (type == "m.room.create" && version_ == "10") content["creator"] = creator;
    if (type == "m.room.power_levels") content["users"].as_object()[creator] = 100;
  }

  std::string version_;
  std::map<std::string, EventPtr> by_name_;
  std::map<EventId, EventPtr> by_id_;
  std::vector<StateMap> states_;
  std::vector<EventId> rejected_;
};

TEST(StateResolution, Vectors) {
  const json::Object vectors = testing::load_vectors("state_resolution.json");
  ASSERT_GE(vectors.at("scenarios").as_array().size(), 8U);
  for (const json::Value& value : vectors.at("scenarios").as_array()) {
    const json::Object& test = value.as_object();
    for (const auto& expected : test.at("resolved").as_object()) {
      SCOPED_TRACE(text_at(test, "name") + " in version " + std::string(expected.key()));
      Scenario scenario(test, std::string(expected.key()));
      const StateMap wanted = scenario.state_of(expected.value().as_array());
      std::vector<std::size_t> order(scenario.states().size());
      std::iota(order.begin(), order.end(), 0U);
      do {
        const Result<StateMap> resolved = scenario.resolve_in(order);
        ASSERT_TRUE(resolved) << resolved.error().to_log();
        EXPECT_EQ(scenario.names_of(*resolved), scenario.names_of(wanted));
        EXPECT_EQ(*resolved, wanted);
      } while (std::ranges::next_permutation(order).found);
    }
  }
}

TEST(StateResolution, RepeatedStatesChangeNothing) {
  const json::Object vectors = testing::load_vectors("state_resolution.json");
  for (const json::Value& value : vectors.at("scenarios").as_array()) {
    const json::Object& test = value.as_object();
    SCOPED_TRACE(text_at(test, "name"));
    Scenario scenario(test, "12");
    const Result<StateMap> once = scenario.resolve_in({0, 1});
    const Result<StateMap> more = scenario.resolve_in({1, 0, 1, 0});
    ASSERT_TRUE(once && more);
    EXPECT_EQ(*once, *more);
  }
}

TEST(StateResolution, OneStateOrNoneIsItsOwnResult) {
  const RoomVersion& version = testing::version("12");
  const EventSource nothing = [](const EventId&) { return EventPtr(); };
  const std::vector<StateMap> one{{{{"m.room.topic", ""}, EventId("$topic")}}};
  EXPECT_TRUE(resolve({}, version, nothing, nullptr)->empty());
  EXPECT_EQ(*resolve(one, version, nothing, nullptr), one.front());
}

TEST(StateResolution, FailsWhenAnEventIsMissing) {
  const json::Object vectors = testing::load_vectors("state_resolution.json");
  const auto& scenarios = vectors.at("scenarios").as_array();
  const auto found = std::ranges::find_if(scenarios, [](const json::Value& value) {
    return text_at(value.as_object(), "name") == "two topics at once";
  });
  ASSERT_NE(found, scenarios.end());
  for (const char* id : {"10", "12"}) {
    Scenario scenario(found->as_object(), id);
    scenario.forget("levels");
    const Result<StateMap> resolved = scenario.resolve_in({0, 1});
    ASSERT_FALSE(resolved);
    EXPECT_EQ(resolved.error().reason(), "KURAMORI_EVENT_MISSING");
  }
}

}  // namespace
}  // namespace kuramori::matrix
