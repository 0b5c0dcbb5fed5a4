#include "app/admin_operations.hpp"

#include "matrix/identifiers.hpp"

namespace kuramori::app {

const std::map<std::string_view, AdminOperations::Operation>& AdminOperations::operations() {
  static const std::map<std::string_view, Operation> table{
      {"user.add", &AdminOperations::user_add},
      {"user.list", &AdminOperations::user_list},
      {"user.set_password", &AdminOperations::user_set_password},
      {"user.deactivate", &AdminOperations::user_deactivate},
      {"user.set_role", &AdminOperations::user_set_role},
      {"user.erase", &AdminOperations::user_erase},
      {"user.pushers.list", &AdminOperations::pusher_list},
      {"user.pushers.remove", &AdminOperations::pusher_remove},
      {"audit.verify", &AdminOperations::audit_verify},
      {"audit.export", &AdminOperations::audit_export},
      {"audit.prove", &AdminOperations::audit_prove},
      {"audit.checkpoint", &AdminOperations::audit_checkpoint},
      {"audit.accept_restore", &AdminOperations::audit_accept_restore},
      {"policy.explain", &AdminOperations::policy_explain},
      {"policy.apply", &AdminOperations::policy_apply},
      {"appservice.list", &AdminOperations::appservice_list},
      {"policy.show", &AdminOperations::policy_show},
      {"policy.simulate", &AdminOperations::policy_simulate},
      {"policy.history", &AdminOperations::policy_history},
      {"policy.difference", &AdminOperations::policy_difference},
      {"policy.check", &AdminOperations::policy_check},
      {"policy.inspect", &AdminOperations::policy_inspect},
      {"detectors.list", &AdminOperations::detectors_list},
      {"detectors.import_table", &AdminOperations::detectors_import_table},
      {"detectors.import_documents", &AdminOperations::detectors_import_documents},
      {"detectors.remove", &AdminOperations::detectors_remove},
      {"organisation.show", &AdminOperations::organisation_show},
      {"organisation.export", &AdminOperations::organisation_export},
      {"organisation.import", &AdminOperations::organisation_import},
      {"organisation.history", &AdminOperations::organisation_history},
      {"organisation.rollback", &AdminOperations::organisation_rollback},
      {"files.list", &AdminOperations::file_list},
      {"files.decide", &AdminOperations::file_decide},
      {"files.rescan", &AdminOperations::file_rescan},
      {"search.rebuild", &AdminOperations::search_rebuild},
      {"retention.status", &AdminOperations::retention_status},
      {"backup.create", &AdminOperations::backup_create},
      {"links.list", &AdminOperations::links_list},
      {"links.add", &AdminOperations::links_add},
      {"links.remove", &AdminOperations::links_remove},
      {"links.import", &AdminOperations::links_import},
      {"links.refresh", &AdminOperations::links_refresh},
      {"links.protect", &AdminOperations::links_protect},
      {"links.opened", &AdminOperations::links_opened},
      {"links.take_down", &AdminOperations::links_take_down},
      {"brake.list", &AdminOperations::brake_list},
      {"brake.release", &AdminOperations::brake_release},
  };
  return table;
}

Result<json::Object> AdminOperations::run(const AdminRequest& request, const std::string& operator_name,
                                          const AdminOutput& output) {
  const auto operation = operations().find(request.operation);
  if (operation == operations().end()) {
    return Error(ErrorCode::Unsupported, "KURAMORI_ADMIN",
                 "There is no operation '" + request.operation + "'.");
  }
  gate::Subject subject;
  subject.role = gate::Role::Administrator;
  subject.address = "administration socket";
  subject.user_agent = "kuramori command line, " + operator_name;
  subject.language = "en";
  return (this->*operation->second)({request.arguments, subject, output});
}

Result<gate::Permit> AdminOperations::admit(const Call& call, gate::Operation operation,
                                            gate::Resource resource) {
  gate::Action action{.subject = call.subject, .operation = operation, .resource = std::move(resource)};
  gate::Admission admission = wait(node_.organisation.gate().admit(std::move(action)));
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) return forbidden(refusal->message());
  if (auto* error = std::get_if<Error>(&admission)) return std::move(*error);
  return std::get<gate::Permit>(std::move(admission));
}

Result<UserId> AdminOperations::user_argument(const Call& call) const {
  KURAMORI_TRY(name, json::required_string(call.arguments, "user"));
  if (name.starts_with('@')) return matrix::parse_user_id(name);
  return matrix::parse_user_id("@" + name + ":" + node_.config.server.name);
}

}  // namespace kuramori::app
