// Search over many messages, by a person who is in all rooms: the way Element asks (the newest first, with
// the neighbours of what is found), word by word of several kinds, first one search after the other, then at
// a modest rate. The messages are sent through the API once; a world that holds them already is only
// searched.

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <cstdio>
#include <stdexcept>

#include "../batch.hpp"
#include "../paced_load.hpp"
#include "../process_usage.hpp"
#include "../prose.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

constexpr std::uint64_t kSeed = 20'260'101;
constexpr std::size_t kPage = 10;
constexpr std::size_t kOpenLoopConnections = 64;
constexpr std::size_t kFullPageFrom = 100'000;  // with so many messages a common word must fill a page
constexpr Nanoseconds kQuietLook = 2 * kSecond;
constexpr int kQuietLooks =
    4;  // one after the other: merging at leisure begins some seconds after the last message
constexpr double kQuietShare = 0.03;

enum class Expect : std::uint8_t { One, Some, FullPage };

struct Query {
  std::vector<std::string> words;  // each must stand in every result
  bool by_rank = false;
  Expect expect = Expect::Some;
};

struct Kind {
  const char* name;
  Query (*make)(const Prose& prose, Dice& dice, std::size_t messages);
};

std::size_t message_of(const Prose& prose, Dice& dice, std::size_t messages, Tongue tongue) {
  std::size_t number = dice.below(messages);
  while (prose.tongue_of(number) != tongue) number = (number + 1) % messages;
  return number;
}

Query ranked(const Prose& prose, Dice& dice, std::size_t from, std::size_t to, Expect expect) {
  return {.words = {prose.word(from + dice.below(to - from))}, .expect = expect};
}

// Characters of a message, cut out of its middle.
std::string phrase_of(const std::string& text, std::size_t characters) {
  constexpr std::size_t kOctets = 3;                    // of each of these characters
  const std::size_t whole = text.find("\xE3\x80\x82");  // the first full stop
  const std::size_t available = std::min(whole, text.size()) / kOctets;
  return text.substr(0, std::min(characters, available) * kOctets);
}

std::vector<std::string> two_words_of(const Prose& prose, Dice& dice, std::size_t messages) {
  for (;;) {
    const std::string text = prose.message(message_of(prose, dice, messages, Tongue::English));
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      std::string word = text.substr(at, end - at);
      while (!word.empty() && std::isalpha(static_cast<unsigned char>(word.back())) == 0) word.pop_back();
      if (word.size() >= 4) words.push_back(std::move(word));
      at = end + 1;
    }
    if (words.size() >= 2) return {words.front(), words.back()};
  }
}

constexpr std::array<Kind, 10> kKinds{{
    {"unique word",
     [](const Prose& prose, Dice& dice, std::size_t messages) -> Query {
       const std::size_t block = dice.below(messages / Prose::kUniqueEvery);
       return {.words = {prose.unique_word((block + 1) * Prose::kUniqueEvery - 1)}, .expect = Expect::One};
     }},
    {"rare word",
     [](const Prose& prose, Dice& dice, std::size_t) {
       return ranked(prose, dice, prose.vocabulary() / 2, prose.vocabulary(), Expect::Some);
     }},
    {"common word", [](const Prose& prose, Dice& dice,
                       std::size_t) { return ranked(prose, dice, 80, 320, Expect::FullPage); }},
    {"most common words", [](const Prose& prose, Dice& dice,
                             std::size_t) { return ranked(prose, dice, 0, 20, Expect::FullPage); }},
    {"common word, best first",
     [](const Prose& prose, Dice& dice, std::size_t) {
       Query query = ranked(prose, dice, 80, 320, Expect::FullPage);
       query.by_rank = true;
       return query;
     }},
    {"two words",
     [](const Prose& prose, Dice& dice, std::size_t messages) -> Query {
       return {.words = two_words_of(prose, dice, messages)};
     }},
    {"Chinese word",
     [](const Prose&, Dice& dice, std::size_t) -> Query {
       return {.words = {std::string(Prose::chinese_noun(dice.next() >> 8U))}, .expect = Expect::FullPage};
     }},
    {"Chinese phrase",
     [](const Prose& prose, Dice& dice, std::size_t messages) -> Query {
       return {.words = {phrase_of(prose.message(message_of(prose, dice, messages, Tongue::Chinese)), 8)}};
     }},
    {"single ideograph",
     [](const Prose&, Dice& dice, std::size_t) -> Query {
       return {.words = {std::string(Prose::chinese_noun(dice.next() >> 8U).substr(0, 3))},
               .expect = Expect::FullPage};
     }},
    {"Japanese word",
     [](const Prose&, Dice& dice, std::size_t) -> Query {
       return {.words = {std::string(Prose::japanese_noun(dice.next() >> 8U))}, .expect = Expect::FullPage};
     }},
}};

std::string body_of(const Query& query) {
  std::string term;
  for (const std::string& word : query.words) term += (term.empty() ? "" : " ") + word;
  const boost::json::value body{
      {"search_categories",
       {{"room_events",
         {{"search_term", term},
          {"order_by", query.by_rank ? "rank" : "recent"},
          {"filter", {{"limit", kPage}}},
          {"event_context", {{"before_limit", 1}, {"after_limit", 1}, {"include_profile", true}}}}}}}};
  return boost::json::serialize(body);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

[[noreturn]] void fail(const Query& query, const std::string& why) {
  std::string term;
  for (const std::string& word : query.words) term += " " + word;
  throw std::runtime_error("the search for" + term + " " + why);
}

std::size_t results_in(const Query& query, std::string_view answer) {
  const boost::json::value parsed = boost::json::parse(answer);
  const auto& found = parsed.at("search_categories").at("room_events").at("results").as_array();
  for (const auto& one : found) {
    const std::string text = lower(one.at("result").at("content").at("body").as_string());
    for (const std::string& word : query.words) {
      if (text.find(lower(word)) == std::string::npos) fail(query, "found a message without it: " + text);
    }
  }
  return found.size();
}

// Throws when something wrong was found; false: what is there was not found.
bool is_complete(const Query& query, std::string_view answer, std::size_t messages) {
  const std::size_t found = results_in(query, answer);
  const std::size_t least = query.expect == Expect::FullPage && messages >= kFullPageFrom ? kPage : 1;
  if (query.expect == Expect::One && found > 1) fail(query, "found more than the one message");
  // A rare word of the vocabulary may be in no message of a small world.
  return found >= least || (query.expect == Expect::Some && messages < kFullPageFrom);
}

class Searching {
 public:
  Searching(const Subject& subject, const SearchOptions& options)
      : subject_(subject),
        options_(options),
        endpoint_(resolve_endpoint(subject.url)),
        world_(load_world(subject.world_path)),
        prose_(kSeed) {
    // The last message is one with a word of its own.
    const std::size_t blocks = (options.messages + Prose::kUniqueEvery - 1) / Prose::kUniqueEvery;
    messages_ = std::max<std::size_t>(1, blocks) * Prose::kUniqueEvery;
  }

  Report run() {
    report_ = {.scenario = "search", .server = subject_.server, .metrics = {}, .latencies = {}};
    report_.add("messages", static_cast<double>(messages_), "");
    report_.add("rooms", static_cast<double>(world_.rooms.size()), "");
    if (!last_is_found()) fill();
    await_quiet();
    one_after_the_other();
    at_a_rate();
    if (!missed_.empty()) {
      report_.failure = std::to_string(missed_.size()) + " searches did not find what is there:";
      for (std::size_t index = 0; index < std::min<std::size_t>(missed_.size(), 20); ++index)
        report_.failure += " '" + missed_[index] + "'";
    }
    return std::move(report_);
  }

 private:
  std::string render(const Query& query) const {
    return render_request(endpoint_, {"POST", "/_matrix/client/v3/search"}, world_.users[0].token,
                          body_of(query));
  }

  void check(const Query& query, std::string_view answer) {
    if (is_complete(query, answer, messages_)) return;
    std::string term;
    for (const std::string& word : query.words) term += (term.empty() ? "" : " ") + word;
    missed_.push_back(std::move(term));
  }

  bool last_is_found() {
    const Query query{.words = {prose_.unique_word(messages_ - 1)}, .expect = Expect::One};
    bool found = false;
    Batch batch;
    batch.requests = batch.connections = 1;
    batch.render = [&](std::size_t) { return render(query); };
    batch.accept = [&](std::size_t, const Response& response) {
      found = results_in(query, response.body) == 1;
    };
    run_batch(loop_, endpoint_, batch);
    return found;
  }

  // Transaction ids follow from the numbers: what an interrupted run sent is not sent twice.
  void fill() {
    std::vector<std::string> targets;
    for (const std::string& room : world_.rooms) {
      targets.push_back("/_matrix/client/v3/rooms/" + percent_encode(room) + "/send/m.room.message/prose-");
    }
    Batch batch;
    batch.requests = messages_ - 1;
    batch.connections = options_.connections;
    batch.render = [&](std::size_t number) { return render_message(targets, number); };
    std::size_t sent = 0;
    batch.accept = [&](std::size_t, const Response&) {
      if (++sent % 50'000 == 0) std::fprintf(stderr, "  %zu of %zu messages sent\n", sent, messages_);
    };
    const double cpu_before = usage_of(subject_.pids).cpu_seconds();
    const Nanoseconds begin = now_ns();
    run_batch(loop_, endpoint_, batch);
    // The last one alone, so that everything else lies before it.
    batch.requests = batch.connections = 1;
    batch.render = [&](std::size_t) { return render_message(targets, messages_ - 1); };
    run_batch(loop_, endpoint_, batch);
    const Nanoseconds sent_at = now_ns();
    report_.add("filling", static_cast<double>(messages_) / to_seconds(sent_at - begin), "sends/s");
    while (!last_is_found()) {
      if (now_ns() - sent_at > from_seconds(options_.patience_seconds))
        throw std::runtime_error("the last message was not found in time: give more with --patience");
      loop_.run_for(kSecond / 2);
    }
    report_.add("index behind the last message", to_seconds(now_ns() - sent_at), "s");
    const double cpu = usage_of(subject_.pids).cpu_seconds() - cpu_before;
    if (cpu > 0)
      report_.add("sending and indexing CPU each", cpu / static_cast<double>(messages_) * 1e6, "us");
  }

  std::string render_message(const std::vector<std::string>& targets, std::size_t number) const {
    const std::size_t room = number % targets.size();
    const std::size_t user = (number / targets.size() + room) % world_.users.size();
    const boost::json::value body{{"msgtype", "m.text"}, {"body", prose_.message(number)}};
    return render_request(endpoint_, {"PUT", targets[room] + std::to_string(number)},
                          world_.users[user].token, boost::json::serialize(body));
  }

  // What the server still does with what it was sent, say merging its index, is not part of a search.
  void await_quiet() {
    if (subject_.pids.empty()) return;
    const Nanoseconds begin = now_ns();
    for (int quiet = 0; quiet < kQuietLooks;) {
      const double before = usage_of(subject_.pids).cpu_seconds();
      loop_.run_for(kQuietLook);
      const double share = (usage_of(subject_.pids).cpu_seconds() - before) / to_seconds(kQuietLook);
      quiet = share < kQuietShare ? quiet + 1 : 0;
      if (now_ns() - begin > from_seconds(options_.patience_seconds))
        throw std::runtime_error("the server did not come to rest: give more time with --patience");
    }
    report_.add("rest after filling", to_seconds(now_ns() - begin), "s");
  }

  void one_after_the_other() {
    Histogram all;
    double cpu_of_all = 0;
    std::vector<NamedHistogram> kinds;
    for (std::size_t place = 0; place < kKinds.size(); ++place) {
      const Kind& kind = kKinds[place];
      Dice dice(static_cast<std::uint64_t>(now_ns()));
      Histogram latency;
      Nanoseconds started = 0;
      Query query;
      Batch batch;
      batch.connections = 1;
      batch.requests = options_.searches;
      batch.render = [&](std::size_t) {
        query = kind.make(prose_, dice, messages_);
        std::string request = render(query);
        started = now_ns();
        return request;
      };
      batch.accept = [&](std::size_t, const Response& response) {
        const Nanoseconds took = now_ns() - started;
        latency.record(took);
        all.record(took);
        check(query, response.body);
      };
      const double before = usage_of(subject_.pids).cpu_seconds();
      run_batch(loop_, endpoint_, batch);
      const double cpu = usage_of(subject_.pids).cpu_seconds() - before;
      cpu_of_all += cpu;
      add_cpu(kind.name, cpu, options_.searches);
      std::fprintf(stderr, "  %s: p99 %.1f ms, %zu missed so far\n", kind.name,
                   to_seconds(latency.at(0.99)) * 1e3, missed_.size());
      kinds.push_back({kind.name, latency});
    }
    add_cpu("search", cpu_of_all, options_.searches * kKinds.size());
    report_.latencies.push_back({"search", all});
    for (NamedHistogram& kind : kinds) report_.latencies.push_back(std::move(kind));
  }

  void at_a_rate() {
    if (options_.rate <= 0) return;
    Dice dice(static_cast<std::uint64_t>(now_ns()));
    std::vector<Query> queries;
    const Load load{.render =
                        [&](std::size_t number) {
                          queries.push_back(kKinds[number % kKinds.size()].make(prose_, dice, messages_));
                          return render(queries.back());
                        },
                    .accept = [&](std::size_t number,
                                  const Response& response) { check(queries[number], response.body); }};
    const Pace pace{.connections = kOpenLoopConnections,
                    .rate = options_.rate,
                    .warmup = from_seconds(subject_.warmup_seconds),
                    .measured = from_seconds(subject_.seconds)};
    const Outcome outcome = run_load(loop_, endpoint_, load, pace, subject_.pids);
    if (outcome.refused != 0) throw std::runtime_error("searches were refused");
    report_.add("load offered", options_.rate, "searches/s");
    add_cpu("load", outcome.cpu_seconds, outcome.acknowledged);
    report_.latencies.push_back({"load", outcome.latency});
  }

  void add_cpu(const std::string& name, double seconds, std::size_t count) {
    if (seconds > 0 && count > 0)
      report_.add(name + " CPU each", seconds / static_cast<double>(count) * 1e3, "ms");
  }

  const Subject& subject_;
  const SearchOptions& options_;
  Endpoint endpoint_;
  World world_;
  Prose prose_;
  EventLoop loop_;
  Report report_;
  std::size_t messages_ = 0;
  std::vector<std::string> missed_;
};

}  // namespace

Report run_search(const Subject& subject, const SearchOptions& options) {
  return Searching(subject, options).run();
}

}  // namespace kuramori::bench
