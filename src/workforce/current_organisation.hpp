// The organisation in force, in memory. Follows the stream of commits, so it is what the last import made it,
// whoever imported. Thread-safe; an answer costs one lock and one reference.
//
//   auto current = CurrentOrganisation::open(reader, rows);      // blocking, at start-up
//   store.add_listener(**current);
//   organisation::DirectoryPtr directory = (*current)->directory();
#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "organisation/directory.hpp"
#include "storage/store.hpp"
#include "workforce/version_rows.hpp"

namespace kuramori::workforce {

// Published with every new version, before its importer hears of it.
struct OrganisationChanged final : storage::ChangePayload {
  std::int64_t version = 0;
  organisation::DirectoryPtr before;  // never null
  organisation::DirectoryPtr after;   // never null
  // Whose employment has ended with this version, or who is not in it any more: for whoever ends accounts and
  // hands over what they own.
  std::vector<UserId> departed;
};

struct OrganisationInForce {
  std::int64_t version = 0;              // 0: nothing was imported yet
  organisation::DirectoryPtr directory;  // never null; empty at version 0
};

class CurrentOrganisation final : public storage::StreamListener {
 public:
  static Result<std::unique_ptr<CurrentOrganisation>> open(storage::Reader& reader, const VersionRows& rows);

  OrganisationInForce in_force() const;
  organisation::DirectoryPtr directory() const { return in_force().directory; }
  void committed(std::span<const Change> changes) override;

 private:
  explicit CurrentOrganisation(OrganisationInForce in_force) : in_force_(std::move(in_force)) {}

  mutable std::mutex mutex_;
  OrganisationInForce in_force_;
};

// The content of a stored document. A content that was stored has no problems: one that has is Corrupt.
Result<organisation::DirectoryPtr> read_stored_document(std::string_view document);

}  // namespace kuramori::workforce
