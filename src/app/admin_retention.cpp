// How long labels keep what, and how far that is carried out.
#include "app/admin_operations.hpp"
#include "retention/retention.hpp"

namespace kuramori::app {

Result<json::Object> AdminOperations::retention_status(const Call& call) {
  Organisation& organisation = node_.organisation;
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminRetentionRead));
  KURAMORI_TRY(status, wait(retention::Retention::status(organisation.store(), organisation.gate(),
                                                         std::move(permit))));
  json::Array labels;
  for (const auto& one : status.labels) {
    labels.emplace_back(json::Object{{"label", one.term.label},
                                     {"days", std::int64_t{one.term.days}},
                                     {"is_for_unlabelled", one.term.is_for_unlabelled},
                                     {"position", one.progress.position.value},
                                     {"redacted", one.progress.redacted},
                                     {"files", one.progress.files},
                                     {"failed", one.progress.failed},
                                     {"updated_ms", one.progress.updated_ms}});
  }
  json::Object answer{{"stream_position", status.last.value}, {"left", status.left}};
  answer["labels"] = std::move(labels);
  return answer;
}

}  // namespace kuramori::app
