#include "app/admin_operations.hpp"
#include "app/search_node.hpp"

namespace kuramori::app {
namespace {

constexpr auto kBetweenLooks = std::chrono::milliseconds(200);
// Of one command: the index goes on being made behind it.
constexpr auto kWatchedMax = std::chrono::hours(24);

json::Object describe(const search::Indexer::Status& status) {
  return {{"indexed_position", status.position.value},
          {"stream_position", status.target.value},
          {"is_rebuilding", status.is_rebuilding || status.position < status.target}};
}

Error search_is_off() {
  return {ErrorCode::Unsupported, "KURAMORI_SEARCH_DISABLED",
          "Search is switched off: set enabled = true in [search] of the configuration and restart."};
}

}  // namespace

// Makes the whole index again, from the beginning, and shows how far it is.
Result<json::Object> AdminOperations::search_rebuild(const Call& call) {
  if (!node_.config.search.enabled) return search_is_off();
  search::Indexer& indexer = node_.search.indexer();
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminSearchRebuild));
  KURAMORI_CHECK(wait(indexer.rebuild(std::move(permit))));
  const SteadyTime until = node_.environment.clock.steady_now() + kWatchedMax;
  SteadyTime looked = node_.environment.clock.steady_now();
  // Takes part in the work: without a server nobody else does it, and an administrator who waits wants it
  // soon.
  for (bool has_more = true; has_more && node_.environment.clock.steady_now() < until;) {
    KURAMORI_TRY(more, indexer.step());
    has_more = more;
    const SteadyTime now = node_.environment.clock.steady_now();
    if (now - looked < kBetweenLooks) continue;
    looked = now;
    KURAMORI_TRY(status, indexer.status());
    const double target = static_cast<double>(std::max<std::int64_t>(1, status.target.value));
    if (!status.is_rebuilding) {
      call.output.progress(std::min(0.99, static_cast<double>(status.position.value) / target));
    }
  }
  call.output.progress(1);
  KURAMORI_TRY(status, indexer.status());
  return describe(status);
}

}  // namespace kuramori::app
