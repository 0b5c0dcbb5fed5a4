// What administrators do from the command line, each an act that passes the gate and is recorded. The same
// code runs in the server (behind the administration socket) and, when no server runs, in the command itself.
// Blocking: never on an I/O thread.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "app/admin_protocol.hpp"
#include "app/node.hpp"
#include "runtime/manual_executor.hpp"

namespace kuramori::app {

class MediaNode;

class AdminOperations {
 public:
  // Files are opened by what needs them.
  using Files = std::function<Result<MediaNode*>()>;
  AdminOperations(Node& node, Files files) : node_(node), files_(std::move(files)) {}

  // `operator_name` says who asks, as far as the operating system knows ("uid 1000"): it goes into the
  // record.
  Result<json::Object> run(const AdminRequest& request, const std::string& operator_name,
                           const AdminOutput& output);

 private:
  struct Call {
    const json::Object& arguments;
    const gate::Subject& subject;
    const AdminOutput& output;
  };
  using Operation = Result<json::Object> (AdminOperations::*)(const Call&);
  static const std::map<std::string_view, Operation>& operations();

  // admin_users.cpp
  Result<json::Object> user_add(const Call& call);
  Result<json::Object> user_list(const Call& call);
  Result<json::Object> user_set_password(const Call& call);
  Result<json::Object> user_deactivate(const Call& call);
  Result<json::Object> user_set_role(const Call& call);
  Result<json::Object> user_erase(const Call& call);
  // admin_pushers.cpp
  Result<json::Object> pusher_list(const Call& call);
  Result<json::Object> pusher_remove(const Call& call);
  // admin_audit.cpp
  Result<json::Object> audit_verify(const Call& call);
  Result<json::Object> audit_export(const Call& call);
  Result<json::Object> audit_prove(const Call& call);
  Result<json::Object> audit_checkpoint(const Call& call);
  Result<json::Object> audit_accept_restore(const Call& call);
  // admin_policy.cpp
  Result<json::Object> policy_explain(const Call& call);
  Result<json::Object> policy_apply(const Call& call);
  Result<json::Object> policy_show(const Call& call);
  Result<json::Object> policy_simulate(const Call& call);
  Result<json::Object> policy_history(const Call& call);
  Result<json::Object> policy_difference(const Call& call);
  Result<json::Object> policy_check(const Call& call);
  Result<json::Object> policy_inspect(const Call& call);
  // admin_detectors.cpp
  Result<json::Object> detectors_list(const Call& call);
  Result<json::Object> detectors_import_table(const Call& call);
  Result<json::Object> detectors_import_documents(const Call& call);
  Result<json::Object> detectors_remove(const Call& call);
  // admin_files.cpp
  Result<json::Object> file_list(const Call& call);
  Result<json::Object> file_decide(const Call& call);
  Result<json::Object> file_rescan(const Call& call);
  // admin_search.cpp
  Result<json::Object> search_rebuild(const Call& call);
  // admin_retention.cpp
  Result<json::Object> retention_status(const Call& call);
  // admin_backup.cpp
  Result<json::Object> backup_create(const Call& call);
  // admin_links.cpp
  Result<json::Object> links_list(const Call& call);
  Result<json::Object> links_add(const Call& call);
  Result<json::Object> links_remove(const Call& call);
  Result<json::Object> links_import(const Call& call);
  Result<json::Object> links_refresh(const Call& call);
  Result<json::Object> links_protect(const Call& call);
  Result<json::Object> links_opened(const Call& call);
  Result<json::Object> links_take_down(const Call& call);
  Result<json::Object> brake_list(const Call& call);
  Result<json::Object> brake_release(const Call& call);

  // admin_organisation.cpp
  Result<json::Object> organisation_show(const Call& call);
  Result<json::Object> organisation_export(const Call& call);
  Result<json::Object> organisation_import(const Call& call);
  Result<json::Object> organisation_history(const Call& call);
  Result<json::Object> organisation_rollback(const Call& call);

  // admin_appservices.cpp
  Result<json::Object> appservice_list(const Call& call);

  // The gate's permission, or its refusal as an error.
  Result<gate::Permit> admit(const Call& call, gate::Operation operation, gate::Resource resource = {});
  // Drives a coroutine to its end on this thread.
  template <class T>
  T wait(runtime::Task<T> task) {
    runtime::ManualExecutor executor(node_.environment.clock);
    return executor.run(std::move(task));
  }
  // A localpart or a whole user id of this server.
  Result<UserId> user_argument(const Call& call) const;

  Node& node_;
  Files files_;
};

}  // namespace kuramori::app
