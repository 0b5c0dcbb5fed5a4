#include "audit/opened_entries.hpp"

namespace kuramori::audit {
namespace {

// Entries lie in the order of commits, which is that of time but for a moment.
constexpr Milliseconds kOutOfOrder = std::chrono::minutes(1);

void take_personal(json::Object&& sealed, OpenedEntry& opened) {
  const auto text = [&](std::string_view key) { return std::string(json::string_or(sealed, key, "")); };
  opened.who = {.user = UserId(text("user")),
                .device = DeviceId(text("device")),
                .session = SessionId(text("session")),
                .address = text("address"),
                .user_agent = text("user_agent")};
  if (std::string resource = text("resource"); !resource.empty()) opened.entry.resource = std::move(resource);
  if (std::string detail = text("detail"); !detail.empty()) opened.entry.detail = std::move(detail);
  if (const json::Object* personal = json::object_at(sealed, "personal")) opened.personal = *personal;
}

// The first entry of at least this time.
Result<std::optional<std::uint64_t>> first_from(storage::Snapshot& snapshot, Timestamp time) {
  storage::Scan scan;
  scan.table = &kRecordEntries;
  scan.index = &kRecordEntries.index("record_entries_by_time");
  scan.from = to_unix_ms(time);
  scan.limit = 1;
  KURAMORI_TRY(rows, snapshot.scan(scan));
  if (rows.empty()) return std::optional<std::uint64_t>();
  return std::optional(static_cast<std::uint64_t>(storage::integer(rows.front()[entry_column::Index])));
}

}  // namespace

Result<OpenedEntry> open_entry(const EntryRow& row, const PersonDirectory& people) {
  KURAMORI_TRY(entry, parse_entry(row.bytes));
  OpenedEntry opened{.index = row.index, .entry = std::move(entry), .who = {}, .personal = {}};
  if (opened.entry.sealed.empty()) return opened;
  const PersonDirectory::Person* person = people.find(opened.entry.subject);
  const bool is_system = opened.entry.subject == kSystemSubject;
  if (person == nullptr && !is_system) return opened;
  auto sealed = open_personal(opened.entry, is_system ? people.system_sealing() : person->sealing);
  if (sealed) take_personal(*std::move(sealed), opened);
  return opened;
}

Result<std::optional<OpenedEntry>> open_own_entry(const EntryRow& row, const UserId& user,
                                                  const crypto::SecretKey& person) {
  KURAMORI_TRY(entry, parse_entry(row.bytes));
  const PersonKeys keys = derive_person_keys(person);
  if (entry.subject != keys.pseudonym) return std::optional<OpenedEntry>();
  OpenedEntry opened{.index = row.index, .entry = std::move(entry), .who = {}, .personal = {}};
  if (!opened.entry.sealed.empty()) {
    KURAMORI_TRY(sealed, open_personal(opened.entry, keys.sealing));
    take_personal(std::move(sealed), opened);
  }
  opened.who.user = user;
  return std::optional(std::move(opened));
}

Result<void> for_each_opened(storage::Snapshot& snapshot, const PersonDirectory& people,
                             const RecordSpan& span, const std::function<bool(OpenedEntry&&)>& visit) {
  const bool forward = span.direction == storage::Direction::Forward;
  storage::Scan scan;
  scan.table = &kRecordEntries;
  scan.direction = span.direction;
  if (forward) {
    KURAMORI_TRY(first, first_from(snapshot, span.from - kOutOfOrder));
    if (!first) return {};
    scan.from = static_cast<std::int64_t>(span.after ? std::max(*span.after + 1, *first) : *first);
  } else if (span.after) {
    scan.below = static_cast<std::int64_t>(*span.after);
  } else {
    KURAMORI_TRY(end, first_from(snapshot, span.to + kOutOfOrder));
    if (end) scan.below = static_cast<std::int64_t>(*end);
  }
  std::optional<Error> failure;
  const auto look = [&](storage::Row&& raw) {
    const EntryRow row = to_entry(std::move(raw));
    const Timestamp time = from_unix_ms(row.time_ms);
    if (forward ? time >= span.to + kOutOfOrder : time < span.from - kOutOfOrder) return false;
    if (time < span.from || time >= span.to) return true;
    auto opened = open_entry(row, people);
    if (!opened) {
      failure = std::move(opened).error();
      return false;
    }
    return visit(*std::move(opened));
  };
  KURAMORI_CHECK(snapshot.for_each(scan, look));
  if (failure) return *std::move(failure);
  return {};
}

}  // namespace kuramori::audit
