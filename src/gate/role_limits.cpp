#include "gate/role_limits.hpp"

#include <algorithm>
#include <array>

namespace kuramori::gate {

namespace {

// Client-server API, "Guest access": reading and sending where a room admits guests, and their own account.
constexpr auto kGuest = std::to_array<Operation>({
    Operation::RoomSend,
    Operation::RoomSetState,
    Operation::RoomRedact,
    Operation::RoomJoin,
    Operation::RoomLeave,
    Operation::RoomForget,
    Operation::RoomRead,
    Operation::RoomReceipt,
    Operation::RoomReadMarker,
    Operation::RoomTyping,
    Operation::AliasRead,
    Operation::DirectoryRead,
    Operation::Sync,
    Operation::AccountRegister,
    Operation::AccountLogin,
    Operation::AccountLogout,
    Operation::AccountRefresh,
    Operation::AccountDataSet,
    Operation::AccountDataRead,
    Operation::DeviceUpdate,
    Operation::DeviceRead,
    Operation::KeysUpload,
    Operation::KeysQuery,
    Operation::KeysClaim,
    Operation::KeysSign,
    Operation::CrossSigningSet,
    Operation::KeyBackupSet,
    Operation::KeyBackupStore,
    Operation::KeyBackupRead,
    Operation::ToDeviceSend,
    Operation::ProfileSet,
    Operation::ProfileRead,
    Operation::FilterCreate,
    Operation::PushRulesSet,
    Operation::PresenceSet,
    Operation::PresenceRead,
    Operation::OpenIdIssue,
    Operation::CallRelayUse,
    Operation::MediaUpload,
    Operation::MediaDownload,
    Operation::ConsentGive,
    Operation::DecisionRead,
    Operation::AccountStepUp,
    Operation::PolicyServerSign,
});

// Reads, and keeps its own account; changes nothing that others see.
constexpr auto kAuditor = std::to_array<Operation>({
    Operation::AccountLogin,       Operation::AccountLogout,   Operation::AccountRefresh,
    Operation::AccountSetPassword, Operation::AccountDataSet,  Operation::DeviceUpdate,
    Operation::DeviceDelete,       Operation::KeysUpload,      Operation::CrossSigningSet,
    Operation::KeyBackupSet,       Operation::KeyBackupStore,  Operation::DeviceDehydrate,
    Operation::FilterCreate,       Operation::PushRulesSet,    Operation::ContactSet,
    Operation::ContactRemove,      Operation::PusherSet,       Operation::ConsentGive,
    Operation::AdminUserList,      Operation::AdminPolicyRead, Operation::AdminPolicyExplain,
    Operation::AdminWhois,         Operation::AuditExport,     Operation::AuditVerify,
    Operation::AuditEntriesRead,   Operation::AccountStepUp,
});

// Runs the system and sees nobody's findings: what was found in whose messages is for the officers.
constexpr auto kNotAdministrator = std::to_array<Operation>({
    Operation::AdminFindingsRead,
});

// What leaves and what stays: policy, labels, links, quarantine. Neither accounts nor the organisation.
constexpr auto kSecurityOfficer = std::to_array<Operation>({
    Operation::AdminPolicyRead,       Operation::AdminPolicySwap,       Operation::AdminPolicyExplain,
    Operation::AdminPolicySimulate,   Operation::AdminDetectorsRead,    Operation::AdminDetectorsSet,
    Operation::AdminOrganisationRead, Operation::AdminRoomList,         Operation::AdminLinksRead,
    Operation::AdminLinksSet,         Operation::AdminLinksTakeDown,    Operation::AdminBrakeRelease,
    Operation::AdminQuarantineRead,   Operation::AdminQuarantineDecide, Operation::AdminFindingsRead,
    Operation::AdminApprovalsRead,    Operation::AdminUserList,         Operation::AdminUserSuspend,
    Operation::AdminUserLock,         Operation::AdminRetentionRead,
});

// Watches that the rules are kept and cannot change them.
constexpr auto kComplianceOfficer = std::to_array<Operation>({
    Operation::AdminPolicyRead,
    Operation::AdminPolicyExplain,
    Operation::AdminPolicySimulate,
    Operation::AdminDetectorsRead,
    Operation::AdminOrganisationRead,
    Operation::AdminRoomList,
    Operation::AdminLinksRead,
    Operation::AdminQuarantineRead,
    Operation::AdminFindingsRead,
    Operation::AdminApprovalsRead,
    Operation::AdminUserList,
    Operation::AuditVerify,
    Operation::AuditEntriesRead,
    Operation::AdminRetentionRead,
});

// The parts of his own department; whoever carries these out asks which that is.
constexpr auto kDepartmentAdministrator = std::to_array<Operation>({
    Operation::AdminOrganisationRead,
    Operation::AdminRoomList,
    Operation::AdminRoomHandOver,
    Operation::AdminApprovalsRead,
});

template <std::size_t N>
bool is_in(const std::array<Operation, N>& list, Operation operation) {
  return std::ranges::find(list, operation) != list.end();
}

}  // namespace

bool role_may(Role role, Operation operation) {
  const Effect effect = effect_of(operation);
  switch (role) {
    case Role::Member:
      return effect != Effect::Administers;
    case Role::Guest:
      return is_in(kGuest, operation);
    case Role::Administrator:
      return !is_in(kNotAdministrator, operation);
    case Role::SecurityOfficer:
      return effect != Effect::Administers || is_in(kSecurityOfficer, operation);
    case Role::ComplianceOfficer:
      return effect != Effect::Administers || is_in(kComplianceOfficer, operation);
    case Role::DepartmentAdministrator:
      return effect != Effect::Administers || is_in(kDepartmentAdministrator, operation);
    case Role::Auditor:
      return effect == Effect::Discloses || is_in(kAuditor, operation);
    case Role::System:
      return true;
  }
  return false;
}

std::string role_rule(Role role) {
  return "role." + std::string(to_string(role));
}

Localised role_explanation(Role role) {
  switch (role) {
    case Role::Guest:
      return {
          "Guests may not do this (rule “role.guest”). Sign in with an account of the organisation, or ask "
          "an "
          "administrator for one.",
          "访客不能执行此操作(规则“role.guest”)。请使用组织账号登录,或向管理员申请账号。",
          "訪客不能執行此操作(規則「role.guest」)。請使用機構帳戶登入,或向管理員申請帳戶。",
          "ゲストはこの操作を行えません(ルール「role.guest」)"
          "。組織のアカウントでログインするか、管理者にアカウントを申請してください。"};
    case Role::Auditor:
      return {
          "Auditors read and change nothing (rule “role.auditor”). Use an ordinary account for this.",
          "审计员只能查阅,不能更改(规则“role.auditor”)。请使用普通账号执行此操作。",
          "審計員只可查閱,不可更改(規則「role.auditor」)。請使用一般帳戶執行此操作。",
          "監査者は閲覧のみで、変更はできません(ルール「role.auditor」)。通常のアカウントで行ってください。"};
    default:
      return {"This is not among the rights of your role (rule “role." + std::string(to_string(role)) +
                  "”). Ask an administrator or officer of your organisation.",
              "您的角色无权执行此操作(规则“role." + std::string(to_string(role)) +
                  "”)。请联系贵组织的管理员或相关负责人。",
              "您的角色無權執行此操作(規則「role." + std::string(to_string(role)) +
                  "」)。請聯絡貴機構的管理員或相關主任。",
              "この操作は現在の役割では行えません(ルール「role." + std::string(to_string(role)) +
                  "」)。組織の管理者または担当責任者にご相談ください。"};
  }
}

}  // namespace kuramori::gate
