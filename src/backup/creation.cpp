#include "backup/creation.hpp"

#include <algorithm>

#include "backup/archive_file.hpp"
#include "backup/archive_writer.hpp"
#include "backup/omitted_files.hpp"
#include "governance/compiled_policy.hpp"
#include "media/tables.hpp"
#include "rooms/tables.hpp"
#include "runtime/manual_executor.hpp"

namespace kuramori::backup {
namespace {

constexpr double kRowsShare = 0.5;     // of the progress; the rest are files
constexpr double kEventsShare = 0.35;  // of it: the events
constexpr std::int64_t kRowsBetweenNews = 4'096;
constexpr std::int64_t kOctetsBetweenNews = 8'388'608;
constexpr char kNameEnd = '\n';

bool is_in(const TableList& tables, const storage::Table& table) {
  return std::ranges::find(tables, &table) != tables.end();
}

Error given_up() {
  return unavailable("The backup was given up, since nobody waits for it any more; nothing is left behind.",
                     "backup");
}

// What is read of the snapshot, and what remains to be done after it.
struct FileList {
  std::string names;  // each with kNameEnd behind it
  std::int64_t octets = 0;
};

class RowsPart {
 public:
  RowsPart(const CreationPorts& ports, const Order& order, storage::Snapshot& snapshot,
           const governance::LabelLattice& labels, ArchiveWriter& writer, const Progress& progress)
      : plan_(order.plan),
        snapshot_(snapshot),
        writer_(writer),
        progress_(progress),
        omissions_(snapshot, {ports.keys, ports.marks, labels, ports.random}),
        files_(snapshot, omissions_, ports.marks) {}

  // Events first: what they say decides about the rest.
  Result<void> write(std::int64_t last_position) {
    last_position_ = std::max<std::int64_t>(1, last_position);
    KURAMORI_CHECK(write_table(rooms::kEvents));
    KURAMORI_CHECK(files_.find());
    double done = 0;
    for (const storage::Table* table : plan_.tables) {
      share_ = kEventsShare + (kRowsShare - kEventsShare) * done++ / static_cast<double>(plan_.tables.size());
      if (table != &rooms::kEvents && !is_in(plan_.passing, *table)) KURAMORI_CHECK(write_table(*table));
    }
    left_out_.messages = omissions_.messages();
    left_out_.files = files_.files();
    return {};
  }

  const LeftOut& left_out() const { return left_out_; }
  FileList take_list() { return std::move(list_); }

 private:
  Result<void> write_table(const storage::Table& table) {
    KURAMORI_CHECK(writer_.table(table));
    std::optional<Error> failure;
    const auto visit = [&](storage::Row&& row) {
      if (auto written = write_row(table, std::move(row)); !written) failure = std::move(written).error();
      return !failure;
    };
    KURAMORI_CHECK(snapshot_.for_each({.table = &table}, visit));
    if (failure) return *std::move(failure);
    return {};
  }

  Result<void> write_row(const storage::Table& table, storage::Row row) {
    if (++rows_ % kRowsBetweenNews == 0) {
      if (&table == &rooms::kEvents) {
        const double position = static_cast<double>(storage::integer(row[0]));
        share_ = kEventsShare * std::min(1.0, position / static_cast<double>(last_position_));
      }
      if (!progress_(share_)) return given_up();
    }
    KURAMORI_TRY(passed, what_passes(table, std::move(row)));
    if (!passed) return {};
    if (&table == &media::kMediaBlobs) note_file(*passed);
    return writer_.row(*passed);
  }

  // Nothing when the row is left out.
  Result<std::optional<storage::Row>> what_passes(const storage::Table& table, storage::Row row) {
    using Passed = std::optional<storage::Row>;
    if (!omissions_.has_labels()) return Passed(std::move(row));
    if (&table == &rooms::kEvents) {
      KURAMORI_TRY(event, omissions_.passed(std::move(row)));
      return Passed(std::move(event));
    }
    if (is_waiting(table, row)) ++left_out_.waiting;
    if (is_left_out(table, row)) return Passed();
    if (&table == &media::kMediaUsage) return Passed(files_.usage(std::move(row)));
    return Passed(std::move(row));
  }

  // Delayed events are kept for a while after they were sent.
  bool is_waiting(const storage::Table& table, const storage::Row& row) const {
    static const std::size_t kFinalised = rooms::kDelayedEvents.column("finalised_ms");
    if (&table == &rooms::kDelayedEvents && !storage::is_null(row[kFinalised])) return false;
    return is_in(plan_.waiting, table);
  }

  bool is_left_out(const storage::Table& table, const storage::Row& row) const {
    static const std::size_t kRelationPosition = rooms::kRelations.column("position");
    static const std::string kFileScope(crypto::to_string(crypto::KeyScope::File));
    if (is_in(plan_.waiting, table) || is_in(plan_.echoes, table)) return true;
    if (is_in(plan_.of_files, table)) return files_.is_left_out(storage::text(row[0]), storage::text(row[1]));
    // As redaction leaves them.
    if (&table == &rooms::kRelations) return omissions_.is_left_out(storage::integer(row[kRelationPosition]));
    if (&table == &rooms::kStickyEvents) return omissions_.is_left_out(storage::integer(row[0]));
    if (&table == &media::kMediaBlobs || &table == &media::kMediaThumbnails)
      return files_.is_blob_left_out(storage::text(row[0]));
    if (&table == &storage::kWrappedKeys)
      return storage::text(row[0]) == kFileScope && files_.is_blob_left_out(storage::text(row[1]));
    return false;
  }

  void note_file(const storage::Row& blob) {
    static const std::size_t kBytes = media::kMediaBlobs.column("bytes");
    list_.names.append(storage::text(blob[0])).push_back(kNameEnd);
    list_.octets += storage::integer(blob[kBytes]);
  }

  const Plan& plan_;
  storage::Snapshot& snapshot_;
  ArchiveWriter& writer_;
  const Progress& progress_;
  Omissions omissions_;
  OmittedFiles files_;
  LeftOut left_out_;
  FileList list_;
  std::int64_t rows_ = 0;
  std::int64_t last_position_ = 1;
  double share_ = 0;
};

// Names of blobs are never used again: what has one now is what had it in the snapshot.
class FilesPart {
 public:
  FilesPart(storage::BlobStore& blobs, ArchiveWriter& writer, const Progress& progress, const FileList& list)
      : blobs_(blobs), writer_(writer), progress_(progress), list_(list) {}

  // How many were removed meanwhile.
  Result<std::int64_t> write() {
    std::int64_t gone = 0;
    std::string_view left = list_.names;
    while (!left.empty()) {
      const std::string_view name = left.substr(0, left.find(kNameEnd));
      left.remove_prefix(name.size() + 1);
      const auto blob = blobs_.open(name);
      if (!blob && blob.error().code() == ErrorCode::NotFound) {
        ++gone;
        continue;
      }
      if (!blob) return blob.error();
      KURAMORI_CHECK(writer_.file(name, **blob, [this](std::size_t octets) { return copied(octets); }));
    }
    return gone;
  }

 private:
  Result<void> copied(std::size_t octets) {
    octets_ += static_cast<std::int64_t>(octets);
    if (octets_ < told_ + kOctetsBetweenNews) return {};
    told_ = octets_;
    const double part =
        static_cast<double>(octets_) / static_cast<double>(std::max<std::int64_t>(1, list_.octets));
    if (!progress_(kRowsShare + (1 - kRowsShare) * std::min(0.999, part))) return given_up();
    return {};
  }

  storage::BlobStore& blobs_;
  ArchiveWriter& writer_;
  const Progress& progress_;
  const FileList& list_;
  std::int64_t octets_ = 0;
  std::int64_t told_ = 0;
};

Result<Head> new_head(const CreationPorts& ports) {
  Head head;
  ports.random.fill(head.id);
  auto query = [](storage::Snapshot& snapshot) {
    return snapshot.get(
        storage::kWrappedKeys,
        {std::string(crypto::to_string(crypto::KeyScope::Organisation)), std::string("organisation")});
  };
  KURAMORI_TRY(row, ports.store.read_blocking(query));
  static const std::size_t kWrapped = storage::kWrappedKeys.column("wrapped");
  if (!row || storage::is_null((*row)[kWrapped])) return corrupt("the organisation key is not in the store");
  head.wrapped_key = storage::blob((*row)[kWrapped]);
  return head;
}

Result<Origin> origin_of(const Order& order, storage::Snapshot& snapshot, const Clock& clock) {
  KURAMORI_TRY(stream, snapshot.last(storage::Sequence::Stream));
  KURAMORI_TRY(entry, snapshot.last(storage::Sequence::Audit));
  return Origin{.server = order.server,
                .version = order.version,
                .created_ms = clock.now_ms(),
                .migration = order.migration,
                .stream_position = stream,
                .record_entry = entry};
}

std::string told_of(const Summary& summary, const std::filesystem::path& path) {
  const LeftOut& out = summary.left_out;
  return path.filename().string() + ": " + std::to_string(summary.rows()) + " rows, " +
         std::to_string(summary.contents.files) +
         " files; left out by label: " + std::to_string(out.messages) + " messages, " +
         std::to_string(out.files) + " files, " + std::to_string(out.waiting) + " waiting";
}

Result<void> record(const CreationPorts& ports, gate::Permit permit, const Summary& summary,
                    const Order& order) {
  gate::Outcome outcome{.detail = told_of(summary, order.path)};
  outcome.personal["path"] = order.path.string();
  runtime::ManualExecutor executor(ports.clock);
  return executor.run(ports.gate.record(std::move(permit), std::move(outcome)));
}

}  // namespace

Result<Created> create(const CreationPorts& ports, gate::Permit permit, const Order& order,
                       const Progress& progress) {
  permit.require(gate::Operation::AdminBackupCreate);
  KURAMORI_TRY(file, ArchiveFile::create(order.path, ports.random));
  KURAMORI_TRY(head, new_head(ports));
  ArchiveWriter writer(file, head, ports.keys.organisation_key());
  const auto policy = ports.gate.policy();
  LeftOut left_out;
  FileList list;
  auto rows = [&](storage::Snapshot& snapshot) -> Result<void> {
    KURAMORI_TRY(origin, origin_of(order, snapshot, ports.clock));
    KURAMORI_CHECK(writer.begin(origin));
    RowsPart part(ports, order, snapshot, policy->document().labels, writer, progress);
    KURAMORI_CHECK(part.write(origin.stream_position));
    left_out = part.left_out();
    list = part.take_list();
    return {};
  };
  KURAMORI_CHECK(ports.store.read_blocking(rows));
  KURAMORI_TRY(gone, FilesPart(ports.blobs, writer, progress, list).write());
  left_out.gone = gone;
  KURAMORI_TRY(summary, writer.end(left_out));
  KURAMORI_CHECK(file.make_durable());
  KURAMORI_CHECK(record(ports, std::move(permit), summary, order));
  KURAMORI_CHECK(file.publish());
  progress(1);
  return Created{.summary = std::move(summary), .octets = file.octets()};
}

}  // namespace kuramori::backup
