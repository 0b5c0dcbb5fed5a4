#include "storage/sqlite/integrity.hpp"

#include <algorithm>

#include "storage/sqlite/checked_vfs.hpp"
#include "storage/sqlite/log_scan.hpp"
#include "storage/sqlite/page_checksum.hpp"

namespace kuramori::storage::sqlite {
namespace {

constexpr std::size_t kFindingsMax = 100;
constexpr std::int64_t kPagesAtATime = 256;
// How far the progress is when the pages have been read, and when SQLite has followed their structure, of
// which it says nothing until the end.
constexpr double kPagesShare = 0.4;
constexpr double kStructureShare = 0.7;

class Check {
 public:
  Check(Connection& connection, Checkpointer& checkpointer, Writer& writer, const GatheredIndexes& gathered,
        const std::function<void(double)>& progress)
      : connection_(connection),
        checkpointer_(checkpointer),
        writer_(writer),
        gathered_(gathered),
        progress_(progress) {}

  Result<std::vector<std::string>> run(const std::filesystem::path& path) {
    // Pages that a crash tore while they were moved are whole in the log: move them again first.
    KURAMORI_CHECK(checkpointer_.checkpoint());
    KURAMORI_CHECK(check_pages());
    KURAMORI_CHECK(check_log(path.string() + "-wal"));
    // The rest follows pages to others, which ends at the first that is damaged.
    if (findings_.empty()) KURAMORI_CHECK(check_structure());
    if (findings_.empty()) KURAMORI_CHECK(check_gathered());
    report(1.0);
    return std::move(findings_);
  }

 private:
  void report(double done) const {
    if (progress_) progress_(done);
  }
  void add(std::string finding) {
    if (findings_.size() < kFindingsMax) findings_.push_back(std::move(finding));
  }

  Result<void> check_pages() {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(connection_.raw(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    sqlite3_int64 size = 0;
    if (file == nullptr || file->pMethods->xFileSize(file, &size) != SQLITE_OK) {
      return internal_error("the database file has no size");
    }
    const std::int64_t pages = size / static_cast<std::int64_t>(kPageBytes);
    if (size % static_cast<std::int64_t>(kPageBytes) != 0)
      add("the database file ends in the middle of a page");
    for (std::int64_t first = 1; first <= pages; first += kPagesAtATime) {
      const std::int64_t last = std::min(pages, first + kPagesAtATime - 1);
      checkpointer_.while_still([&] {
        for (std::int64_t page = first; page <= last; ++page) check_page(file, page);
      });
      report(kPagesShare * static_cast<double>(last) / static_cast<double>(pages));
    }
    return {};
  }

  void check_page(sqlite3_file* file, std::int64_t page) {
    if (page == lock_page()) return;
    const int rc = file->pMethods->xRead(file, buffer_.data(), static_cast<int>(kPageBytes),
                                         (page - 1) * static_cast<std::int64_t>(kPageBytes));
    take_damaged_page();
    if (rc == SQLITE_OK) return;
    // A new page that lies in the log alone, because it changed after what may be moved now, while one behind
    // it was moved: a hole in the file. Were the page lost, following the structure would come upon it.
    if (rc == SQLITE_IOERR_DATA &&
        std::ranges::all_of(buffer_, [](std::uint8_t octet) { return octet == 0; }))
      return;
    add("page " + std::to_string(page) + " of the database file " +
        (rc == SQLITE_IOERR_DATA ? "fails its checksum" : "cannot be read"));
  }

  // How far the log is committed, and which log it is: no commit is on its way meanwhile.
  struct Mark {
    std::uint32_t salt;
    std::uint32_t committed;
  };
  Result<std::optional<Mark>> mark(const std::filesystem::path& log) {
    return writer_.between_batches([&](Connection&) -> Result<std::optional<Mark>> {
      KURAMORI_TRY(head, scan_log(log, 0));
      if (!head) return std::optional<Mark>();
      return std::optional(
          Mark{.salt = head->salt, .committed = static_cast<std::uint32_t>(checkpointer_.frames())});
    });
  }

  // Every frame up to the last commit must verify, unless the log has started over meanwhile: then its pages
  // are in the database file.
  Result<void> check_log(const std::filesystem::path& log) {
    KURAMORI_TRY(before, mark(log));
    if (!before) return {};
    KURAMORI_TRY(findings, scan_log(log, before->committed));
    KURAMORI_TRY(after, mark(log));
    if (!findings || !after || after->salt != before->salt) return {};
    if (findings->sound_frames < before->committed) {
      add("frame " + std::to_string(findings->sound_frames + 1) +
          " of the write-ahead log fails its checksum");
    }
    return {};
  }

  Result<void> check_structure() {
    KURAMORI_TRY(statement,
                 connection_.prepare("PRAGMA integrity_check(" + std::to_string(kFindingsMax) + ")"));
    int rc = statement.step();
    for (; rc == SQLITE_ROW; rc = statement.step()) {
      const std::string line = reinterpret_cast<const char*>(sqlite3_column_text(statement.raw(), 0));
      if (line != "ok") add(line);
    }
    if (rc != SQLITE_DONE) add(connection_.error(rc, "checking the structure").to_log());
    report(kStructureShare);
    return {};
  }

  // Whatever the cuts of a table ended with before this look at it, it has kept.
  Result<void> check_gathered() {
    const auto part = [this](double done) { report(kStructureShare + (1 - kStructureShare) * done); };
    KURAMORI_TRY(missing, gathered_.find_missing(connection_, kFindingsMax, part));
    for (std::string& finding : missing) add(std::move(finding));
    return {};
  }

  Connection& connection_;
  Checkpointer& checkpointer_;
  Writer& writer_;
  const GatheredIndexes& gathered_;
  const std::function<void(double)>& progress_;
  std::array<std::uint8_t, kPageBytes> buffer_{};
  std::vector<std::string> findings_;
};

}  // namespace

Result<std::vector<std::string>> check_database(const Connection::Options& options,
                                                Checkpointer& checkpointer, Writer& writer,
                                                const GatheredIndexes& gathered,
                                                const std::function<void(double)>& progress) {
  KURAMORI_TRY(connection, Connection::open(options));
  return Check(connection, checkpointer, writer, gathered, progress).run(options.path);
}

}  // namespace kuramori::storage::sqlite
