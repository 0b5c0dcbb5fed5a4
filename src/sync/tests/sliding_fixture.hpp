// Sliding syncs over the real rooms and a store in memory.
#pragma once
#include "fixture.hpp"
#include "sync/personal_choices.hpp"
#include "sync/sliding_engine.hpp"

namespace kuramori::sync::testing {

class SlidingTest : public SyncTest {
 protected:
  SlidingTest() { begin(); }

  void restart_sliding() {
    sliding.reset();
    choices.reset();
    restart();
    begin();
  }
  void begin(SlidingConnections::Limits limits = {}) {
    if (!choices) {
      choices = std::make_unique<PersonalChoices>(services->account_data);
      store.add_listener(*choices);
    }
    sliding = std::make_unique<SlidingEngine>(Engine::Ports{.hub = services->hub,
                                                            .rooms = server->rooms,
                                                            .sessions = services->sessions,
                                                            .account_data = services->account_data,
                                                            .receipts = services->receipts,
                                                            .typing = services->typing,
                                                            .presence = services->presence,
                                                            .push_rules = services->push_rules,
                                                            .clock = clock,
                                                            .choices = choices.get(),
                                                            .encryption = encryption},
                                              random, limits);
  }

  // One connection of a client, with what it asks for.
  struct Slider {
    Client client;
    std::string pos;  // empty: from the beginning
    json::Object body;
    SlidingForm form = SlidingForm::Unstable;
  };
  Slider slider(const UserId& who, std::string_view body, std::string device = "DEVICE") {
    return {.client = client(who, std::move(device)), .pos = {}, .body = parse(body)};
  }
  SlidingRequest request_of(const Slider& slider, Milliseconds timeout) {
    auto request = parse_sliding_request(slider.body, slider.client.session->user);
    EXPECT_TRUE(request) << request.error().to_log();
    SlidingRequest made = request ? *std::move(request) : SlidingRequest();
    made.session = slider.client.session;
    made.form = slider.form;
    made.timeout = timeout;
    made.set_presence = PresenceState::Offline;
    made.disconnected = slider.client.connection.get_token();
    if (!slider.pos.empty()) made.position = slider.pos;
    return made;
  }
  Result<SyncAnswer> try_slide(const Slider& slider) {
    return run(sliding->sync(permit(slider.client.session->user, gate::Operation::Sync),
                             request_of(slider, Milliseconds(0))));
  }
  // Answers at once; the client goes on from there.
  json::Object slide(Slider& slider) {
    json::Object response = peek(slider);
    slider.pos = text_of(response, {"pos"});
    return response;
  }
  // The same, but the answer is lost.
  json::Object peek(const Slider& slider) {
    auto answer = try_slide(slider);
    EXPECT_TRUE(answer) << answer.error().to_log();
    return answer ? parse(answer->body) : json::Object();
  }
  std::shared_ptr<Parked> park_slider(const Slider& slider, Milliseconds timeout = Milliseconds(30'000)) {
    auto parked = std::make_shared<Parked>();
    scope.spawn_on(executor, wait_sliding(permit(slider.client.session->user, gate::Operation::Sync),
                                          request_of(slider, timeout), parked));
    executor.run_until_idle();
    return parked;
  }
  runtime::Task<void> wait_sliding(gate::Permit permit, SlidingRequest request,
                                   std::shared_ptr<Parked> parked) {
    auto answer = co_await sliding->sync(permit, std::move(request));
    parked->answer = std::move(answer);
  }

  static const json::Object* room_of(const json::Object& response, const RoomId& room) {
    const json::Value* found = at(response, {"rooms", room.view()});
    return found == nullptr ? nullptr : found->if_object();
  }
  static std::vector<json::Object> list_of(const json::Object* room, std::string_view name) {
    std::vector<json::Object> events;
    const json::Array* list = room == nullptr ? nullptr : json::array_at(*room, name);
    if (list == nullptr) return events;
    for (const json::Value& event : *list) events.push_back(event.as_object());
    return events;
  }
  static std::vector<std::string> timeline(const json::Object& response, const RoomId& room) {
    return brief(list_of(room_of(response, room), "timeline"));
  }
  static std::vector<std::string> state(const json::Object& response, const RoomId& room) {
    auto found = brief(list_of(room_of(response, room), "required_state"));
    std::ranges::sort(found);
    return found;
  }
  static std::size_t room_count(const json::Object& response) {
    const json::Object* rooms = json::object_at(response, "rooms");
    return rooms == nullptr ? 0 : rooms->size();
  }
  static bool flag(const json::Object* room, std::string_view name) {
    return room != nullptr && json::bool_or(*room, name, false);
  }
  // The rooms of the first window of a list, in order.
  static std::vector<std::string> window(const json::Object& response, std::string_view list) {
    std::vector<std::string> rooms;
    const json::Value* ops = at(response, {"lists", list, "ops"});
    if (ops == nullptr) return rooms;
    for (const json::Value& room : ops->get_array().at(0).as_object().at("room_ids").as_array())
      rooms.emplace_back(json::view(room.get_string()));
    return rooms;
  }

  EncryptionPort* encryption = nullptr;
  std::unique_ptr<PersonalChoices> choices;
  std::unique_ptr<SlidingEngine> sliding;
};

}  // namespace kuramori::sync::testing
