// Which messages labels keep out of backups (`handling.back_up: false`). Reads of one snapshot; changes
// nothing.
//
//   Omissions omissions(snapshot, {keys, marks, labels, random});
//   row = omissions.passed(std::move(row));           // of `events`, in order: redacted where its label says
//   so
//
// Files are in omitted_files.hpp. Remembers eight octets for each message that is left out.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "governance/labels.hpp"
#include "provenance/marks.hpp"
#include "rooms/queries.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::backup {

class Omissions {
 public:
  struct Ports {
    storage::KeyRing& keys;
    const provenance::MarkKey& marks;
    const governance::LabelLattice& labels;
    Random& random;
  };
  using MarkSet = std::unordered_set<provenance::Mark, provenance::MarkHash>;

  Omissions(storage::Snapshot& snapshot, const Ports& ports);

  // Whether any label is kept out of backups: else every row passes as it is.
  bool has_labels() const { return has_labels_; }
  bool keeps_out(std::string_view label) const;

  // A row of `events`; of a message that is left out, the form that redaction leaves of it.
  Result<storage::Row> passed(storage::Row row);
  bool is_left_out(std::int64_t position) const;
  std::int64_t messages() const { return static_cast<std::int64_t>(left_out_.size()); }

  // Files that are named by what was left out; and by what was not, where provenance has not noted it yet.
  const MarkSet& named_by_left_out() const { return named_by_left_out_; }
  const MarkSet& named_by_recent() const { return named_by_recent_; }

 private:
  Result<const rooms::RoomSecrets*> secrets_of(std::string_view room);
  Result<bool> is_kept_out(const rooms::StoredEvent& stored);
  Result<bool> edits_what_is_kept_out(const rooms::StoredEvent& stored);
  Result<storage::Row> redacted(const rooms::StoredEvent& stored, const rooms::RoomSecrets& secrets);

  storage::Snapshot& snapshot_;
  const Ports ports_;
  bool has_labels_ = false;
  std::optional<std::int64_t> noted_up_to_;  // by provenance
  std::vector<std::int64_t> left_out_;       // positions, in order
  MarkSet named_by_left_out_;
  MarkSet named_by_recent_;
  std::unordered_map<std::string, std::optional<rooms::RoomSecrets>> secrets_;
};

}  // namespace kuramori::backup
