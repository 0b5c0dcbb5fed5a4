#include "rooms/tables.hpp"

#include <array>

namespace kuramori::rooms {

using storage::ColumnType;
using storage::Nullable;

const storage::Table kRooms{.name = "rooms",
                            .columns = {{"room_id", ColumnType::Text},
                                        {"version", ColumnType::Text},
                                        {"creator", ColumnType::Text},
                                        {"created_ms", ColumnType::Integer}},
                            .key_columns = 1,
                            .indexes = {}};

const storage::Table kEvents{
    .name = "events",
    .columns = {{"position", ColumnType::Integer},
                {"event_id", ColumnType::Text},
                {"room_id", ColumnType::Text},
                {"depth", ColumnType::Integer},
                {"type", ColumnType::Text},
                {"state_key", ColumnType::Text, Nullable::Yes},
                {"sender", ColumnType::Text},
                {"origin_server_ts", ColumnType::Integer},
                {"redacted_by", ColumnType::Text, Nullable::Yes},
                {"sealed", ColumnType::Blob}},
    .key_columns = 1,
    .indexes = {{"events_by_id", {"event_id"}, false, storage::Entries::Gathered},
                {"events_timeline", {"room_id", "position"}, false, storage::Entries::Gathered}}};

const storage::Table kRoomMinutes{.name = "room_minutes",
                                  .columns = {{"room_id", ColumnType::Text},
                                              {"minute", ColumnType::Integer},
                                              {"position", ColumnType::Integer}},
                                  .key_columns = 3,
                                  .indexes = {{"room_minutes_by_position", {"room_id", "position"}}}};

const storage::Table kRoomState{.name = "room_state",
                                .columns = {{"room_id", ColumnType::Text},
                                            {"type", ColumnType::Text},
                                            {"state_key", ColumnType::Text},
                                            {"position", ColumnType::Integer},
                                            {"event_id", ColumnType::Text},
                                            {"event_position", ColumnType::Integer}},
                                .key_columns = 4,
                                .indexes = {{"room_state_changes", {"room_id", "position"}}}};

const storage::Table kMemberships{.name = "memberships",
                                  .columns = {{"user_id", ColumnType::Text},
                                              {"room_id", ColumnType::Text},
                                              {"membership", ColumnType::Text},
                                              {"event_id", ColumnType::Text},
                                              {"position", ColumnType::Integer},
                                              {"forgotten", ColumnType::Integer}},
                                  .key_columns = 2,
                                  .indexes = {{"memberships_by_room", {"room_id", "membership"}}}};

const storage::Table kAliases{.name = "aliases",
                              .columns = {{"alias", ColumnType::Text},
                                          {"room_id", ColumnType::Text},
                                          {"creator", ColumnType::Text},
                                          {"created_ms", ColumnType::Integer}},
                              .key_columns = 1,
                              .indexes = {{"aliases_by_room", {"room_id"}}}};

const storage::Table kPublishedRooms{
    .name = "published_rooms",
    .columns = {{"room_id", ColumnType::Text}, {"created_ms", ColumnType::Integer}},
    .key_columns = 1,
    .indexes = {}};

const storage::Table kTransactions{
    .name = "transactions",
    .columns = {{"position", ColumnType::Integer}, {"fingerprint", ColumnType::Integer}},
    .key_columns = 1,
    .indexes = {}};

const storage::Table kRelations{
    .name = "relations",
    .columns = {{"room_id", ColumnType::Text},
                {"parent_id", ColumnType::Text},
                {"position", ColumnType::Integer},
                {"rel_type", ColumnType::Text},
                {"event_id", ColumnType::Text},
                {"event_type", ColumnType::Text},
                {"sender", ColumnType::Text},
                {"origin_server_ts", ColumnType::Integer}},
    .key_columns = 3,
    .indexes = {{"relations_by_type", {"room_id", "parent_id", "rel_type", "position"}},
                {"relations_by_sender", {"room_id", "parent_id", "rel_type", "sender"}}}};

const storage::Table kThreads{.name = "threads",
                              .columns = {{"room_id", ColumnType::Text},
                                          {"root_id", ColumnType::Text},
                                          {"latest_position", ColumnType::Integer}},
                              .key_columns = 2,
                              .indexes = {{"threads_by_latest", {"room_id", "latest_position"}}}};

const storage::Table kStickyEvents{.name = "sticky_events",
                                   .columns = {{"position", ColumnType::Integer},
                                               {"room_id", ColumnType::Text},
                                               {"ends_ms", ColumnType::Integer}},
                                   .key_columns = 1,
                                   .indexes = {}};

const storage::Table kDelayedEvents{
    .name = "delayed_events",
    .columns = {{"id_hash", ColumnType::Text},
                {"user_id", ColumnType::Text},
                {"room_id", ColumnType::Text},
                {"type", ColumnType::Text},
                {"state_key", ColumnType::Text, Nullable::Yes},
                {"delay_ms", ColumnType::Integer},
                {"running_since_ms", ColumnType::Integer},
                {"due_ms", ColumnType::Integer, Nullable::Yes},
                {"finalised_ms", ColumnType::Integer, Nullable::Yes},
                {"outcome", ColumnType::Text},
                {"reason", ColumnType::Text},
                {"event_id", ColumnType::Text, Nullable::Yes},
                {"error", ColumnType::Text, Nullable::Yes},
                {"sealed", ColumnType::Blob}},
    .key_columns = 1,
    .indexes = {{"delayed_events_by_due", {"due_ms"}},
                {"delayed_events_of_user", {"user_id", "finalised_ms"}}}};

namespace {

constexpr std::size_t kFirstTables = 8;
constexpr std::array<const storage::Table*, 12> kAll{
    &kRooms,   &kEvents,         &kRoomMinutes,  &kRoomState, &kMemberships,
    &kAliases, &kPublishedRooms, &kTransactions, &kRelations, &kThreads,
    &kStickyEvents, &kDelayedEvents};

}  // namespace

std::span<const storage::Table* const> tables() {
  return kAll;
}
std::span<const storage::Table* const> first_tables() {
  return tables().first(kFirstTables);
}
std::span<const storage::Table* const> relation_tables() {
  return tables().subspan(kFirstTables, 2);
}
std::span<const storage::Table* const> delayed_tables() {
  return tables().subspan(kFirstTables + 2, 2);
}

}  // namespace kuramori::rooms
