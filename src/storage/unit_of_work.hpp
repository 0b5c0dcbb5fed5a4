// Everything that one act changes, committed together or not at all: rows, the audit entry, the stream changes.
//
//   UnitOfWork work;
//   NextOf position = work.next(Sequence::Stream);
//   work.insert(kEvents, {position, event_id, ...});
//   work.publish(position, std::make_shared<EventChange>(...));
//
// Mutations apply in the order in which they were added. A unit never waits for another: what it needs to know it has
// read before, and says so with `insert` (must not exist) or `expect`.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/identifiers.hpp"
#include "storage/schema.hpp"
#include "storage/value.hpp"

namespace kuramori::storage {

// What a committed unit tells those who follow the stream. Modules derive their own payloads; a follower in the same
// process receives the object, one in another process reads the rows by position.
class ChangePayload {
 public:
  virtual ~ChangePayload() = default;
};

struct Insert { const Table* table; Row row; };        // Conflict when the key or a unique index exists
struct Upsert { const Table* table; Row row; };        // replaces the whole row
struct Erase { const Table* table; Key key; };         // the whole key, or its leading columns: every row below
// Conflict unless the row exists (whole key given) exactly as stated.
struct Expect { const Table* table; Key key; bool exists; };
using Mutation = std::variant<Insert, Upsert, Erase, Expect>;

struct Publication {
  NextOf position;
  std::shared_ptr<const ChangePayload> payload;
};

class UnitOfWork {
 public:
  NextOf next(Sequence sequence);
  // Takes so many numbers that no row of this unit has: rows that come from elsewhere have them already.
  void pass_over(Sequence sequence, std::uint32_t numbers);

  void insert(const Table& table, Row row);
  void upsert(const Table& table, Row row);
  void erase(const Table& table, Key key);
  void expect(const Table& table, Key key, bool exists);
  void publish(NextOf position, std::shared_ptr<const ChangePayload> payload);

  // The memory that this unit was built from was read at this epoch (Store::epoch). When a commit fails, the store
  // moves to the next epoch and refuses (Conflict) every unit of an older one, so that nothing is committed on top of
  // what was lost. A unit that requires an epoch and fails on its own (Conflict) moves it too: others may have been built
  // on it. Units that do not depend on unconfirmed memory leave it out.
  void require_epoch(std::uint64_t epoch) { epoch_ = epoch; }

  bool empty() const { return mutations_.empty(); }
  const std::vector<Mutation>& mutations() const { return mutations_; }
  std::vector<Mutation>& mutations() { return mutations_; }
  const std::vector<Publication>& publications() const { return publications_; }
  std::uint32_t taken(Sequence sequence) const { return taken_[static_cast<std::size_t>(sequence)]; }
  std::uint64_t epoch() const { return epoch_; }  // 0: any

 private:
  std::vector<Mutation> mutations_;
  std::vector<Publication> publications_;
  std::uint32_t taken_[kSequences] = {};
  std::uint64_t epoch_ = 0;
};

}  // namespace kuramori::storage
