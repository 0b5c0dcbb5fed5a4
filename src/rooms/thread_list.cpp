// The threads of a room (client-server API, module threading, "Querying threads in a room").
#include "matrix/redaction.hpp"
#include "rooms/aggregations.hpp"
#include "rooms/rendering.hpp"
#include "rooms/service.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kExaminedMax = 2'000;

struct ThreadColumn {
  enum : std::uint8_t { kRoom, kRoot, kLatest };
};

struct Listed {
  std::string root;
  StreamPosition latest;
};

Result<std::vector<Listed>> listed_threads(storage::Snapshot& snapshot, const ThreadsQuery& query) {
  storage::Scan scan{.table = &kThreads,
                     .index = &kThreads.index("threads_by_latest"),
                     .prefix = {query.room.str()},
                     .from = std::nullopt,
                     .below = std::nullopt,
                     .direction = storage::Direction::Backward,
                     .limit = kExaminedMax};
  if (query.up_to) scan.below = storage::Value(query.up_to->value + 1);
  KURAMORI_TRY(rows, snapshot.scan(scan));
  std::vector<Listed> listed;
  for (const storage::Row& row : rows) {
    listed.push_back(
        {storage::text(row[ThreadColumn::kRoot]), {storage::integer(row[ThreadColumn::kLatest])}});
  }
  return listed;
}

// "If the thread root event was sent by an ignored user, the event is returned redacted".
Result<RoomEventPtr> hidden(const RoomEvent& root, const matrix::RoomVersion& version) {
  KURAMORI_TRY(event, matrix::Event::parse(matrix::redact(root.event->pdu(), version), version));
  return RoomEventPtr(render_event(root.position, std::move(event), {}, {}));
}

// The root as the reader gets it; nothing when the thread is not for them.
Result<std::optional<PersonalEvent>> thread_root(const Aggregating& to, const ThreadsQuery& query,
                                                 const Listed& listed) {
  using None = std::optional<PersonalEvent>;
  KURAMORI_TRY(row, find_event_row(to.snapshot, EventId(listed.root)));
  if (!row || event_columns(*row).room != to.room.view()) return None();
  if (!to.view.sees(event_columns(*row).position)) return None();
  KURAMORI_TRY(root, rendered_event(to.snapshot, to.secrets, *row));
  if (to.view.hides(*root->event)) return None();
  KURAMORI_TRY(summary, thread_summary(to, *root->event));
  if (!summary) return None();
  if (query.include == ThreadsQuery::Include::Participated && !summary->participated) return None();
  KURAMORI_TRY(parts, personal_parts(to, {root}));
  if (to.view.ignores(root->sender.view())) {
    KURAMORI_TRY(redacted, hidden(*root, *to.secrets.version));
    root = std::move(redacted);
  }
  return None(PersonalEvent{.event = std::move(root), .personal = std::move(parts.front())});
}

Result<Threads> page_of(const Aggregating& to, const ThreadsQuery& query) {
  KURAMORI_TRY(listed, listed_threads(to.snapshot, query));
  Threads page;
  std::optional<StreamPosition> last;  // the last one looked at
  for (const Listed& thread : listed) {
    if (page.roots.size() == query.limit) {
      page.next = StreamPosition{last->value - 1};
      return page;
    }
    last = thread.latest;
    KURAMORI_TRY(root, thread_root(to, query, thread));
    if (root) page.roots.push_back(*std::move(root));
  }
  if (listed.size() == kExaminedMax) page.next = StreamPosition{last->value - 1};
  return page;
}

}  // namespace

runtime::Task<Result<Threads>> RoomService::threads(const gate::Permit& permit, ThreadsQuery query) {
  permit.require(gate::Operation::RoomRead);
  KURAMORI_CO_TRY(found, co_await state_->room_of_member(query.room));
  auto viewing = state_->view_of(found, permit);
  KURAMORI_CO_TRY(view, co_await std::move(viewing));
  auto reading = [&, secrets = state_->secrets_of(*found)](storage::Snapshot& snapshot) {
    return page_of({.snapshot = snapshot, .secrets = secrets, .room = query.room, .view = view}, query);
  };
  auto read = state_->ports.store.read(std::move(reading));
  auto page = co_await std::move(read);
  co_return page;
}

}  // namespace kuramori::rooms
