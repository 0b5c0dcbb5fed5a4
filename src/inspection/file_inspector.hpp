// Opens every uploaded file in the sandbox, has it scanned, has its pictures read, has all of it judged, and
// keeps how that ended. Until then the library gives the file to nobody.
//
// Lives as long as the library; thread-safe. One file at a time is examined by the library; each step is
// bounded by its own limits.
#pragma once
#include <memory>

#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "inspection/clamd.hpp"
#include "inspection/records.hpp"
#include "runtime/worker_pool.hpp"
#include "sandbox/ocr_job.hpp"
#include "sandbox/sandbox.hpp"

namespace kuramori::inspection {

enum class WhenScannerIsDown : std::uint8_t { Hold, Release };

class FileInspector final : public media::Inspector {
 public:
  struct Ports {
    Records& records;
    Judge& judge;
    sandbox::Sandbox& documents;              // the job "extract"
    sandbox::Sandbox* recognition = nullptr;  // the job "ocr"; null: text in pictures is not read
    const Clamd* scanner = nullptr;           // null: none is configured
    const Clock& clock;
    MetricsRegistry& metrics;
    Logger log;
  };
  struct Options {
    sandbox::ExtractRequest extraction = {};
    sandbox::OcrRequest recognition = {};
    WhenScannerIsDown when_scanner_is_down = WhenScannerIsDown::Hold;
  };
  FileInspector(Ports ports, Options options);
  ~FileInspector() override;

  runtime::Task<Result<Verdict>> examine(media::MediaId id, UserId uploader,
                                         std::shared_ptr<media::OpenFile> file) override;

 private:
  runtime::Task<Result<void>> extract(std::shared_ptr<media::OpenFile> file, FileFacts& facts);
  runtime::Task<Result<void>> scan(std::shared_ptr<media::OpenFile> file, FileFacts& facts);
  runtime::Task<Result<void>> recognise(FileFacts& facts);
  void count(const Judgement& judgement);

  Ports ports_;
  Options options_;
  Histogram& seconds_;
  runtime::WorkerPool pool_;  // last: its threads use the rest
};

}  // namespace kuramori::inspection
