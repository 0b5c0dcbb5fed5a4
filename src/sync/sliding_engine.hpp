// Sliding sync: a window on the lists of a user's rooms, and what changed in it since the client was last
// answered (MSC4186, under its unstable name and in its final form).
//
// Reads the same stream, feeds and services as /sync. What each client was told lies in `connections`.
#pragma once
#include "sync/engine.hpp"
#include "sync/sliding_connection.hpp"
#include "sync/sliding_request.hpp"

namespace kuramori::sync {

class SlidingEngine {
 public:
  SlidingEngine(Engine::Ports ports, Random& random, SlidingConnections::Limits limits = {})
      : ports_(ports), connections_(random, limits) {}

  // `permit` is for Operation::Sync. M_UNKNOWN_POS for a position that this process did not give out or that
  // was passed; M_UNKNOWN_TOKEN when the session ended while waiting.
  runtime::Task<Result<SyncAnswer>> sync(const gate::Permit& permit, SlidingRequest request);

  const SlidingConnections& connections() const { return connections_; }

 private:
  // Where a request stands between its looks.
  struct Watch {
    SlidingConnectionPtr connection;
    UserFeedPtr feed;
    std::uint64_t turn = 0;
    StreamPosition since;      // nothing to tell up to here
    bool looks_anew = true;    // whatever the stream says: what is asked for changed
    std::uint64_t number = 0;  // of the position that was asked with
  };
  runtime::Task<Result<void>> begin(Watch& watch, const SlidingRequest& request);
  enum class Last : bool { No, Yes };
  runtime::Task<Result<SyncAnswer>> look(const gate::Permit& permit, const SlidingRequest& request,
                                         Watch& watch, Last last);
  runtime::Task<Result<SyncAnswer>> wait(const gate::Permit& permit, const SlidingRequest& request,
                                         Watch& watch, SteadyTime deadline);

  Engine::Ports ports_;
  SlidingConnections connections_;
  LazyMembers lazy_members_;  // what the parts shared with /sync know members by: connections keep their own
};

}  // namespace kuramori::sync
