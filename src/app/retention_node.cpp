#include "app/retention_node.hpp"

#include "runtime/manual_executor.hpp"

namespace kuramori::app {
namespace {

// Of this server alone; nothing for what is another's, or no file.
std::optional<media::MediaId> own_file(std::string_view uri, const ServerName& server) {
  constexpr std::string_view kScheme = "mxc://";
  if (!uri.starts_with(kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  const std::size_t slash = uri.find('/');
  if (slash == std::string_view::npos || uri.substr(0, slash) != server.view()) return std::nullopt;
  auto id = media::parse_media_id(uri.substr(0, slash), uri.substr(slash + 1));
  return id ? std::optional(*std::move(id)) : std::nullopt;
}

}  // namespace

runtime::Task<Result<void>> FilesOfRetention::remove(media::MediaId id) {
  gate::Action action{
      .subject = gate::Subject::system(), .operation = gate::Operation::MediaRemove, .resource = {}};
  action.resource.name = id.to_uri();
  auto asking = gate_.admit(std::move(action));
  auto admission = co_await std::move(asking);
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->explanation.en);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  auto removing = library_.remove(std::get<gate::Permit>(std::move(admission)), std::move(id));
  auto removed = co_await std::move(removing);
  co_return removed;
}

Result<bool> FilesOfRetention::destroy(const std::string& uri) {
  const auto id = own_file(uri, library_.options().server);
  if (!id) return false;
  runtime::ManualExecutor executor(clock_);
  const auto removed = executor.run(remove(*id));
  if (removed) return true;
  if (removed.error().code() == ErrorCode::NotFound) return false;
  return removed.error();
}

RetentionNode::RetentionNode(Node& node, media::Library& library)
    : files_(library, node.organisation.gate(), node.environment.clock),
      job_({.store = node.organisation.store(),
            .keys = node.organisation.keys(),
            .gate = node.organisation.gate(),
            .rooms = node.rooms,
            .marks = node.provenance.book().marks(),
            .files = files_,
            .clock = node.environment.clock,
            .metrics = node.environment.metrics,
            .log = node.environment.log},
           {.every = std::chrono::seconds(node.config.retention.every_s)}) {}

}  // namespace kuramori::app
