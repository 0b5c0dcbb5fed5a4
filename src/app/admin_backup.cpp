// A backup of what the running server holds. On the thread of the administration socket that asked for it.
#include "app/admin_operations.hpp"
#include "app/backup_plan.hpp"
#include "app/media_node.hpp"

namespace kuramori::app {

// path: absolute
Result<json::Object> AdminOperations::backup_create(const Call& call) {
  KURAMORI_TRY(path, json::required_string(call.arguments, "path"));
  Organisation& organisation = node_.organisation;
  KURAMORI_TRY(media, files_());
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminBackupCreate));
  // The backup knows the checkpoint that covers what it holds.
  KURAMORI_CHECK(wait(organisation.log().flush()));
  const backup::CreationPorts ports{.store = organisation.store(),
                                    .keys = organisation.keys(),
                                    .marks = node_.provenance.book().marks(),
                                    .blobs = media->blobs(),
                                    .gate = organisation.gate(),
                                    .clock = node_.environment.clock,
                                    .random = node_.environment.random};
  const auto progress = [&call](double fraction) {
    call.output.progress(fraction);
    return call.output.is_heard();
  };
  const backup::Order order = backup_order(node_.config, path);
  KURAMORI_TRY(created, backup::create(ports, std::move(permit), order, progress));
  json::Object result = backup::to_json(created.summary);
  result["file"] = path;
  result["octets"] = static_cast<std::int64_t>(created.octets);
  return result;
}

}  // namespace kuramori::app
