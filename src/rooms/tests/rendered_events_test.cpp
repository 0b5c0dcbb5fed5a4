#include "rooms/rendered_events.hpp"

#include <gtest/gtest.h>

#include "rooms/rendering.hpp"

namespace kuramori::rooms {
namespace {

matrix::EventPtr member(int number) {
  const json::Object pdu{{"type", "m.room.member"},
                         {"room_id", "!room:test"},
                         {"sender", "@user" + std::to_string(number) + ":test"},
                         {"state_key", "@user" + std::to_string(number) + ":test"},
                         {"origin_server_ts", number},
                         {"depth", 1},
                         {"auth_events", json::Array()},
                         {"prev_events", json::Array()},
                         {"content", {{"membership", "join"}}},
                         {"hashes", {{"sha256", "AAAA"}}}};
  auto event = matrix::Event::parse(pdu, *matrix::find_room_version("10"));
  EXPECT_TRUE(event);
  return *event;
}

TEST(RenderedEvents, AnEventIsRenderedOnceAndAsAlways) {
  RenderedEvents events(16);
  const matrix::EventPtr event = member(1);
  const RoomEventPtr first = events.get(event);
  EXPECT_EQ(first->rendered, render_event({}, event, {}, {})->rendered);
  EXPECT_EQ(events.get(event), first);
}

TEST(RenderedEvents, WhatDoesNotFitIsRenderedAgain) {
  RenderedEvents events(8);
  std::vector<matrix::EventPtr> members;
  for (int i = 0; i < 100; ++i) members.push_back(member(i));
  for (int round = 0; round < 2; ++round) {
    for (const matrix::EventPtr& event : members) {
      const RoomEventPtr rendered = events.get(event);
      EXPECT_EQ(rendered->event, event);
      EXPECT_NE(rendered->rendered.find(event->sender().view()), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace kuramori::rooms
