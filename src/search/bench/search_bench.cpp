// Fills a store on disk with messages, indexes them, and asks for them: octets and processor time for each
// message, and how long searches take. Messages are stored by their rows, as `rooms` writes them; the rooms
// are real.
//
//   search_bench FOLDER [MESSAGES] [ROOMS] [SEARCHES]
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "governance/compiled_policy.hpp"
#include "rooms/service.hpp"
#include "rooms/tables.hpp"
#include "runtime/manual_executor.hpp"
#include "search/indexer.hpp"
#include "search/searcher.hpp"
#include "search/tables.hpp"
#include "storage/sqlite/sqlite_store.hpp"

namespace kuramori::search {
namespace {

constexpr std::size_t kPerUnit = 2'000;
constexpr std::size_t kLatinWords = 30'000;
constexpr std::size_t kIdeographs = 3'000;

class NoProfiles final : public rooms::ProfileSource {
 public:
  runtime::Task<Result<rooms::MemberProfile>> profile_of(UserId) override {
    co_return rooms::MemberProfile();
  }
};

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Numbers that are small often and large seldom, as words of a language are (Zipf).
class Words {
 public:
  explicit Words(Random& random) : random_(random) {}
  std::size_t rank(std::size_t count) {
    const double uniform = static_cast<double>(number() % 1'000'000) / 1e6;
    return std::min(count - 1, static_cast<std::size_t>(std::pow(static_cast<double>(count), uniform)) - 1);
  }
  static std::string latin(std::size_t rank) {
    static constexpr std::string_view kSyllables[] = {"ka",  "ru",  "mo",  "ri",  "ten", "sol", "ver",
                                                      "pla", "ing", "dom", "est", "lin", "cor", "bal",
                                                      "fen", "gar", "hul", "jin", "wex", "zy"};
    std::string word;
    for (std::size_t rest = rank + 20; rest > 0; rest /= 20) word += kSyllables[rest % 20];
    return word;
  }
  static std::string ideograph(std::size_t rank) {
    const auto c = static_cast<unsigned>(0x4E00 + rank * 5 % 20'000);
    return {static_cast<char>(0xE0U | (c >> 12U)), static_cast<char>(0x80U | ((c >> 6U) & 0x3FU)),
            static_cast<char>(0x80U | (c & 0x3FU))};
  }
  // Two of three in English, the third in Chinese; a dozen words or two dozen ideographs.
  std::string message() {
    std::string text;
    if (number() % 3 != 0) {
      for (std::size_t i = 4 + number() % 16; i > 0; --i)
        text += latin(rank(kLatinWords)) + (i > 1 ? " " : ".");
    } else {
      for (std::size_t i = 6 + number() % 36; i > 0; --i) text += ideograph(rank(kIdeographs));
    }
    return text;
  }
  std::uint64_t number() {
    std::array<std::uint8_t, 8> octets{};
    random_.fill(octets);
    std::uint64_t value = 0;
    for (const std::uint8_t octet : octets) value = value << 8U | octet;
    return value;
  }

 private:
  Random& random_;
};

struct World {
  explicit World(const std::filesystem::path& folder) {
    auto opened =
        storage::sqlite::SqliteStore::open({.path = folder / "search.db"}, clock, metrics, Logger::silent());
    ensure(opened.has_value(), "the store opens");
    store = *std::move(opened);
    storage::Migration all{.number = 1, .name = "all", .changes = {}};
    all.changes.emplace_back(storage::CreateTable{&storage::kWrappedKeys});
    for (const auto& list : {audit::tables(), rooms::tables(), tables()}) {
      for (const storage::Table* table : list) all.changes.emplace_back(storage::CreateTable{table});
    }
    ensure(store->migrate(std::span(&all, 1)).has_value(), "the tables can be made");
    keys = *storage::KeyRing::open(*store, crypto::SecretKey({7}), clock, random);
    recorder = std::make_unique<audit::Recorder>(*keys, clock, random);
    gate = std::make_unique<gate::Gate>(
        gate::Gate::Ports{*store, *recorder, clock, random, metrics, Logger::silent()},
        governance::CompiledPolicy::permissive());
    service = std::make_unique<rooms::RoomService>(
        rooms::RoomService::Ports{*store, *keys, *gate, profiles, signing_key, clock, random, metrics,
                                  Logger::silent()},
        rooms::RoomOptions{.server = ServerName("example.org")});
    store->add_listener(*service);
  }
  gate::Permit permit(gate::Operation operation) {
    gate::Subject subject;
    subject.user = alice;
    subject.device = DeviceId("DEVICE");
    auto admission = executor.run(gate->admit({std::move(subject), operation, {}, nullptr}));
    return std::get<gate::Permit>(std::move(admission));
  }

  SystemClock clock;
  SeededRandom random{20'260'301};
  MetricsRegistry metrics;
  runtime::ManualExecutor executor{clock};
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<storage::KeyRing> keys;
  std::unique_ptr<audit::Recorder> recorder;
  std::unique_ptr<gate::Gate> gate;
  NoProfiles profiles;
  crypto::SigningKey signing_key = crypto::SigningKey::from_seed({1, 2, 3}, "1");
  std::unique_ptr<rooms::RoomService> service;
  const UserId alice{"@alice:example.org"};
};

runtime::Task<bool> durable(storage::CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt.has_value();
}

void fill(World& world, std::size_t messages, std::size_t room_count) {
  std::vector<RoomId> ids;
  for (std::size_t i = 0; i < room_count; ++i) {
    auto creating = world.service->create(world.permit(gate::Operation::RoomCreate), {});
    ids.push_back(*world.executor.run(std::move(creating)));
  }
  const matrix::RoomVersion& version = *matrix::find_room_version("12");
  Words words(world.random);
  for (std::size_t done = 0; done < messages;) {
    storage::UnitOfWork work;
    for (std::size_t i = 0; i < kPerUnit && done < messages; ++i, ++done) {
      const RoomId& room = ids[words.number() % ids.size()];
      json::Object pdu{{"type", "m.room.message"},
                       {"room_id", room.view()},
                       {"sender", "@user" + std::to_string(words.number() % 200) + ":example.org"},
                       {"content", {{"msgtype", "m.text"}, {"body", words.message()}}},
                       {"origin_server_ts", 1'767'225'600'000 + static_cast<std::int64_t>(done)},
                       {"depth", static_cast<std::int64_t>(done) + 10},
                       {"prev_events", json::Array()},
                       {"auth_events", json::Array()},
                       {"hashes", {{"sha256", ""}}},
                       {"signatures", json::Object()}};
      auto event = matrix::Event::parse(std::move(pdu), version);
      ensure(event.has_value(), "an event of the benchmark is well-formed");
      const auto key = world.keys->cached(crypto::KeyScope::Room, room.view());
      crypto::SecretKey room_key =
          key ? *key : *world.executor.run(world.keys->get(crypto::KeyScope::Room, room.view()));
      Bytes sealed = rooms::seal_event(**event, {}, room_key, world.random);
      work.insert(rooms::kEvents,
                  rooms::event_row(work.next(storage::Sequence::Stream), **event, std::move(sealed)));
    }
    ensure(world.executor.run(durable(world.store->submit(std::move(work)))), "messages are stored");
    if (done % 100'000 == 0) std::fprintf(stderr, "stored %zu\n", done);
  }
}

std::int64_t index_octets(World& world) {
  std::int64_t octets = 0;
  auto read = world.store->read_blocking([&](storage::Snapshot& s) {
    return s.for_each({.table = &kChunks, .prefix = {}}, [&](storage::Row&& row) {
      octets += static_cast<std::int64_t>(storage::blob(row[3]).size() + storage::text(row[0]).size() + 16);
      return true;
    });
  });
  ensure(read.has_value(), "the index can be read");
  return octets;
}

void ask(World& world, Searcher& searcher, const char* what, std::size_t searches, Order order,
         const std::function<std::string(Words&)>& term) {
  SeededRandom random(77);
  Words words(random);
  std::vector<double> ms;
  std::size_t found = 0;
  const double before = processor_seconds();
  for (std::size_t i = 0; i < searches; ++i) {
    SearchQuery query;
    query.term = term(words);
    query.terms = terms_of(query.term);
    query.keys = 7;
    query.order = order;
    const auto begun = world.clock.steady_now();
    const auto permit = world.permit(gate::Operation::SearchRead);
    auto results = world.executor.run(searcher.search(permit, std::move(query)));
    ensure(results.has_value(), "a search is answered");
    found += results->results.size();
    ms.push_back(std::chrono::duration<double, std::milli>(world.clock.steady_now() - begun).count());
  }
  const double used = (processor_seconds() - before) * 1'000 / static_cast<double>(searches);
  std::ranges::sort(ms);
  const auto at = [&](double share) {
    return ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
  };
  std::printf("%-34s %-6s p50 %7.2f ms  p99 %7.2f ms  most %7.2f ms  processor %6.2f ms  results %.1f\n",
              what, order == Order::Rank ? "rank" : "recent", at(0.5), at(0.99), ms.back(), used,
              static_cast<double>(found) / static_cast<double>(searches));
}

int run(const std::filesystem::path& folder, std::size_t messages, std::size_t room_count,
        std::size_t searches) {
  std::filesystem::create_directories(folder);
  World world(folder);
  fill(world, messages, room_count);
  Indexer indexer(
      {*world.store, *world.keys, *world.gate, world.clock, world.random, world.metrics, Logger::silent()},
      {});
  const double before = processor_seconds();
  const auto begun = world.clock.steady_now();
  for (bool more = true; more;) {
    auto stepped = indexer.step();
    ensure(stepped.has_value(), "a batch is indexed");
    more = *stepped;
  }
  const double used = processor_seconds() - before;
  const double lasted = std::chrono::duration<double>(world.clock.steady_now() - begun).count();
  const auto octets = index_octets(world);
  const auto count = static_cast<double>(messages);
  std::printf(
      "%zu messages in %zu rooms: indexed in %.1f s, %.1f us of processor and %.1f octets for each message\n",
      messages, room_count, lasted, used * 1e6 / count, static_cast<double>(octets) / count);
  Searcher searcher({*world.store, *world.keys, *world.service, *world.gate, world.clock, world.metrics});
  // The first search of a room loads it.
  ask(world, searcher, "(first, loads the rooms)", 3, Order::Recent,
      [](Words&) { return std::string("karu"); });
  for (const Order order : {Order::Rank, Order::Recent}) {
    ask(world, searcher, "one word, as often as in messages", searches, order,
        [](Words& w) { return Words::latin(w.rank(kLatinWords)); });
    ask(world, searcher, "two words", searches, order,
        [](Words& w) { return Words::latin(w.rank(kLatinWords)) + " " + Words::latin(w.rank(kLatinWords)); });
    ask(world, searcher, "the beginning of a word", searches, order,
        [](Words& w) { return Words::latin(w.rank(kLatinWords)).substr(0, 4); });
    ask(world, searcher, "two ideographs", searches, order, [](Words& w) {
      return Words::ideograph(w.rank(kIdeographs)) + Words::ideograph(w.rank(kIdeographs));
    });
    ask(world, searcher, "one ideograph", searches, order,
        [](Words& w) { return Words::ideograph(w.rank(kIdeographs)); });
    ask(world, searcher, "a word that nobody wrote", searches, order,
        [](Words& w) { return "qq" + std::to_string(w.number()); });
  }
  return 0;
}

}  // namespace
}  // namespace kuramori::search

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "search_bench FOLDER [MESSAGES] [ROOMS] [SEARCHES]\n");
    return 2;
  }
  const auto number = [&](int i, std::size_t fallback) {
    return argc > i ? static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)) : fallback;
  };
  return kuramori::search::run(argv[1], number(2, 1'000'000), number(3, 200), number(4, 200));
}
