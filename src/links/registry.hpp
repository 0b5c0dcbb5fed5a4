// The organisation's link lists: entries made by hand, lists of others that are refreshed from a file or an
// address, and the names that are protected from look-alikes.
//
//   auto added = co_await registry.add(std::move(permit), {.match = Match::Domain, .pattern =
//   "evil.example"});
//
// A change is durable, and in force, when it returns. What becomes blocked is looked for among the messages
// that were sent before (take_downs.hpp), unless the options say no.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/logging.hpp"
#include "gate/gate.hpp"
#include "link_risk/list_import.hpp"
#include "links/knowledge.hpp"
#include "net/http_client.hpp"
#include "runtime/sequencer.hpp"

namespace kuramori::links {

// Entries made by hand.
constexpr std::string_view kCompanySource = "company";

struct Source {
  std::string name;
  std::string location = {};  // a file's path or an https address; empty: imported by hand
  link_risk::ListFormat format = link_risk::ListFormat::Domains;
  link_risk::ListAction action = link_risk::ListAction::Block;
  std::string reason = {};
  Milliseconds interval{};  // between refreshes; 0: only when told
  std::optional<Timestamp> expires = {};
  // What became of it.
  std::int64_t generation = 0;
  std::int64_t entries = 0;
  std::optional<Timestamp> refreshed = {};
  std::optional<Timestamp> failed = {};  // since the last success
  std::string failure = {};
};

struct Difference {
  std::size_t added = 0;
  std::size_t removed = 0;
  std::size_t unchanged = 0;
  std::size_t bad = 0;
  std::vector<link_risk::BadLine> bad_lines = {};
};

struct Listing {
  std::vector<Source> sources = {};
  std::vector<std::string> protected_names = {};
  std::vector<link_risk::ListEntry> entries = {};  // made by hand, up to the limit
};

class Registry {
 public:
  static constexpr std::size_t kSourcesMax = 200;
  static constexpr std::size_t kListOctetsMax = 64UL * 1024 * 1024;

  struct Ports {
    storage::Store& store;
    gate::Gate& gate;
    const Clock& clock;
    net::HttpClient& client;
    CurrentKnowledge& knowledge;
    Logger log;
  };
  struct Options {
    bool take_down = true;
  };
  Registry(Ports ports, Options options) : ports_(std::move(ports)), options_(options) {}

  // Compiles what is stored; blocking, for start-up.
  Result<void> load();
  // Called after what may be a new take-down was stored, on any thread.
  void on_take_down(std::function<void()> wake) { wake_ = std::move(wake); }

  // AdminLinksRead.
  runtime::Task<Result<Listing>> list(gate::Permit permit, std::size_t entries_max);
  // AdminLinksSet, or AdminLinksTakeDown for an entry that blocks.
  runtime::Task<Result<void>> add(gate::Permit permit, link_risk::ListEntry entry);
  // AdminLinksSet. NotFound.
  runtime::Task<Result<void>> remove(gate::Permit permit, link_risk::Match match, std::string pattern);
  // AdminLinksSet. Makes the source, or changes how it is refreshed.
  runtime::Task<Result<void>> set_source(gate::Permit permit, Source source);
  runtime::Task<Result<void>> remove_source(gate::Permit permit, std::string name);
  // AdminLinksSet. Replaces what the source held.
  runtime::Task<Result<Difference>> import(gate::Permit permit, std::string source, std::string text);
  // AdminLinksSet. The same from the source's location. A failure is noted with the source.
  runtime::Task<Result<Difference>> refresh(gate::Permit permit, std::string name, std::stop_token stop);
  // AdminLinksSet.
  runtime::Task<Result<void>> protect(gate::Permit permit, std::string name);
  runtime::Task<Result<void>> unprotect(gate::Permit permit, std::string name);

  // Whose refresh is due; blocking.
  Result<std::vector<std::string>> due_sources();

 private:
  runtime::Task<Result<void>> commit(gate::Permit permit, storage::UnitOfWork work, std::string detail);
  runtime::Task<Result<void>> compile();
  runtime::Task<Result<Difference>> replace(gate::Permit permit, Source source, std::string text);
  runtime::Task<Result<std::string>> fetch(std::string location, std::stop_token stop);
  runtime::Task<Result<Source>> source(std::string name);
  void plan_take_down(storage::UnitOfWork& work, std::string_view source, Timestamp since,
                      std::string_view reason);
  Result<link_risk::Knowledge> compiled(storage::Snapshot& snapshot) const;

  const Ports ports_;
  const Options options_;
  std::function<void()> wake_ = [] {};
  runtime::Sequencer changing_;
  std::int64_t last_number_ = 0;
};

}  // namespace kuramori::links
