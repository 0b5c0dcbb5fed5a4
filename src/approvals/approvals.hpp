// Requests for approval of one organisation: asked for, decided, carried out.
//
//   auto held = co_await approvals.hold(subject, {.room = room, …}, refusal);   // of kind Hold
//   auto decided = co_await approvals.decide(subject, id, Verdict::Approve, "");
//
// Every change is committed through the gate before it counts, under one lane. Open requests are in memory;
// run() asks people, hears what they answer, follows time and delivers what was approved: in the order in
// which one person sent to one room, each with the transaction id that the sender's device gave it, so that
// it is sent once whatever happens between. Thread-safe.
#pragma once
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

#include "approvals/conversation.hpp"
#include "approvals/engine.hpp"
#include "approvals/excerpts.hpp"
#include "approvals/grants.hpp"
#include "approvals/ports.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/wakeup.hpp"

namespace kuramori::approvals {

// An act that the gate holds.
struct HeldAct {
  Kind kind = Kind::Message;
  gate::Operation operation = gate::Operation::RoomSend;
  RoomId room = {};
  UserId target = {};
  std::string event_type = {};
  json::Object content = {};
  std::optional<rooms::Transaction> transaction = {};
  std::optional<Milliseconds> sticky = {};
};

struct GeneralRequest {
  gate::Operation operation{};
  RoomId room = {};    // empty: any
  UserId target = {};  // empty: any
  std::vector<std::string> rules = {};
  std::string reason = {};
  Milliseconds duration{0};
};

class Approvals {
 public:
  Approvals(Ports ports, Options options);
  ~Approvals();

  GrantIndex& grants() { return grants_; }
  storage::StreamListener& listener() { return conversation_; }
  // Reads what is open, blocking: for start-up.
  Result<void> load();

  // The same transaction again gives the same request, in whatever state it is by then. Exhausted when the
  // person has too many open.
  runtime::Task<Result<Request>> hold(gate::Subject subject, HeldAct act, gate::Refusal refusal);
  // InvalidArgument without a rule, a reason or a duration.
  runtime::Task<Result<Request>> ask(gate::Subject subject, GeneralRequest wish);
  // NotFound, Forbidden, Conflict: engine.hpp.
  runtime::Task<Result<Request>> decide(gate::Subject subject, std::string id, Verdict verdict,
                                        std::string reason);
  // The requester's own, while it waits, and a general grant while it holds.
  runtime::Task<Result<Request>> withdraw(gate::Subject subject, std::string id);

  // One person's own requests, newest first; `limit` at most.
  runtime::Task<Result<std::vector<Request>>> of(UserId requester, std::size_t limit);
  // What this person is asked about now, oldest first.
  runtime::Task<Result<std::vector<Request>>> asked_of(UserId person);
  // Open ones of everybody, oldest first.
  std::vector<Request> open() const;
  // NotFound.
  runtime::Task<Result<Request>> find(std::string id);
  // Whether the person is asked now about the file that is held (mxc://…).
  runtime::Task<Result<bool>> is_asked_about(UserId person, std::string uri);
  // Who is asked now.
  runtime::Task<Result<std::vector<UserId>>> people_asked(Request request);

  // Replaces the person's own delegation. InvalidArgument for oneself or an end before the beginning.
  runtime::Task<Result<void>> delegate(gate::Subject subject, Delegation delegation);
  runtime::Task<Result<void>> end_delegation(gate::Subject subject);
  std::optional<Delegation> delegation_of(const UserId& person) const;

  runtime::Task<void> run(std::stop_token stop);
  // One round of it. Whether something has to be tried again soon.
  runtime::Task<bool> work();

 private:
  struct Deciders {
    organisation::DirectoryPtr directory = {};
    std::vector<Delegation> delegations = {};
    std::vector<UserId> officers = {};
    std::vector<UserId> administrators = {};
    UserId owner = {};
    Around around(std::int64_t now_ms) const;
  };
  runtime::Task<Result<Deciders>> deciders(RoomId room);
  runtime::Task<Result<gate::Permit>> permit_for(gate::Subject subject, gate::Operation operation,
                                                 const Request& request);
  runtime::Task<Result<Request>> begin(gate::Subject subject, Request request, const json::Object* content);
  // Commits `request` as it is now; it counts from then on.
  runtime::Task<Result<void>> store(gate::Subject subject, gate::Operation operation, Request request);
  void keep(const Request& request);
  std::optional<Request> open_one(const std::string& id) const;
  json::Array chain_for(const json::Array& obligations) const;
  std::size_t open_of(const UserId& person) const;
  std::string id_for(const gate::Subject& subject, const std::optional<rooms::Transaction>& transaction);

  runtime::Task<void> take_answers();
  runtime::Task<bool> follow_time(Request request);
  runtime::Task<bool> announce(Request request);
  runtime::Task<bool> tell_requester(Request request, std::string what, gate::Localised text);
  runtime::Task<bool> deliver(Request request);
  runtime::Task<Result<EventId>> deliver_held(const Request& request);
  runtime::Task<Result<EventId>> send(const Request& request, const json::Object& content);
  runtime::Task<Result<void>> invite(const Request& request, const json::Object& content);
  runtime::Task<Result<json::Object>> content_of(const Request& request);
  std::int64_t next_due_ms() const;

  std::string file_request_id(const HeldFile& file) const;
  std::optional<Request> open_request_for(const std::string& uri) const;
  runtime::Task<Result<Request>> ask_about(HeldFile file);
  runtime::Task<bool> follow_file(HeldFile file);
  runtime::Task<bool> follow_files();
  runtime::Task<void> end_overtaken(Request request);
  runtime::Task<Result<void>> release_file(Request request);

  const Ports ports_;
  const Options options_;
  const crypto::SecretKey id_key_;
  GrantIndex grants_;
  runtime::Sequencer lane_;
  runtime::Wakeup changed_;
  Conversation conversation_;
  Excerpts excerpts_;
  Counter& asked_;
  Counter& approved_;
  Counter& refused_;
  Counter& delivered_;
  mutable std::mutex mutex_;
  std::map<std::string, Request> open_;
  std::unordered_map<UserId, Delegation> delegations_;
  std::int64_t last_sequence_ = 0;
  std::deque<Request> ended_;   // whose requesters have to be told
  std::set<std::string> told_;  // of `run` alone: what was said since the start
  bool is_first_round_ = true;  // of `run` alone
  std::atomic<bool> files_changed_{true};
  SteadyTime files_due_ = {};         // of `run` alone
  std::set<std::string> files_left_;  // of `run` alone: requests whose files are left to officers
};

}  // namespace kuramori::approvals
