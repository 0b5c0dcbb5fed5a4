// Every operation that the gate knows. Policies name them as on the right; a trailing `.*` in a policy means the group.
// X(enumerator, name, effect): Mutates and Administers are recorded with their commit; Discloses is summarised per device
// (or recorded, when privileged); Signals tells others something that is not kept, and leaves no entry when allowed.
#pragma once

#define KURAMORI_OPERATIONS(X)                                   \
  X(RoomCreate, "room.create", Mutates)                          \
  X(RoomSend, "room.send", Mutates)                              \
  X(RoomSetState, "room.state.set", Mutates)                     \
  X(RoomRedact, "room.redact", Mutates)                          \
  X(RoomJoin, "room.join", Mutates)                              \
  X(RoomLeave, "room.leave", Mutates)                            \
  X(RoomForget, "room.forget", Mutates)                          \
  X(RoomInvite, "room.invite", Mutates)                          \
  X(RoomKnock, "room.knock", Mutates)                            \
  X(RoomKick, "room.kick", Mutates)                              \
  X(RoomBan, "room.ban", Mutates)                                \
  X(RoomUnban, "room.unban", Mutates)                            \
  X(RoomRead, "room.read", Discloses)                            \
  X(RoomReceipt, "room.receipt", Mutates)                        \
  X(RoomReadMarker, "room.read_marker", Mutates)                 \
  X(RoomTyping, "room.typing", Signals)                          \
  X(AliasSet, "alias.set", Mutates)                              \
  X(AliasDelete, "alias.delete", Mutates)                        \
  X(AliasRead, "alias.read", Discloses)                          \
  X(DirectoryRead, "directory.read", Discloses)                  \
  X(DirectorySet, "directory.set", Mutates)                      \
  X(Sync, "sync", Discloses)                                     \
  X(AccountRegister, "account.register", Mutates)                \
  X(AccountLogin, "account.login", Mutates)                      \
  X(AccountLogout, "account.logout", Mutates)                    \
  X(AccountRefresh, "account.refresh", Mutates)                  \
  X(AccountSetPassword, "account.password.set", Mutates)         \
  X(AccountDeactivate, "account.deactivate", Mutates)            \
  X(AccountDataSet, "account.data.set", Mutates)                 \
  X(AccountDataRead, "account.data.read", Discloses)             \
  X(DeviceUpdate, "device.update", Mutates)                      \
  X(DeviceDelete, "device.delete", Mutates)                      \
  X(DeviceRead, "device.read", Discloses)                        \
  X(KeysUpload, "keys.upload", Mutates)                          \
  X(KeysQuery, "keys.query", Discloses)                          \
  X(KeysClaim, "keys.claim", Mutates)                            \
  X(KeysSign, "keys.sign", Mutates)                              \
  X(CrossSigningSet, "keys.cross_signing.set", Mutates)          \
  X(KeyBackupSet, "key_backup.set", Mutates)                     \
  X(KeyBackupStore, "key_backup.store", Mutates)                 \
  X(KeyBackupRead, "key_backup.read", Discloses)                 \
  X(DeviceDehydrate, "device.dehydrate", Mutates)                \
  X(DeviceRehydrate, "device.rehydrate", Discloses)              \
  X(ToDeviceSend, "to_device.send", Mutates)                     \
  X(ToDeviceForget, "to_device.forget", Mutates)                 \
  X(ProfileSet, "profile.set", Mutates)                          \
  X(ProfileRead, "profile.read", Discloses)                      \
  X(FilterCreate, "filter.create", Mutates)                      \
  X(PushRulesSet, "push_rules.set", Mutates)                     \
  X(PresenceSet, "presence.set", Signals)                        \
  X(PresenceRead, "presence.read", Discloses)                    \
  X(RoomUpgrade, "room.upgrade", Mutates)                        \
  X(ContentReport, "content.report", Mutates)                    \
  X(OpenIdIssue, "openid.issue", Mutates)                        \
  X(UserDirectoryRead, "user_directory.read", Discloses)         \
  X(ContactSet, "account.contact.set", Mutates)                  \
  X(ContactRemove, "account.contact.remove", Mutates)            \
  X(ContactRead, "account.contact.read", Discloses)              \
  X(CallRelayUse, "call.relay.use", Discloses)                   \
  X(DelayedEventSet, "delayed_event.set", Mutates)               \
  X(DelayedEventRead, "delayed_event.read", Discloses)           \
  X(AdminUserLock, "admin.user.lock", Administers)               \
  X(AdminUserSuspend, "admin.user.suspend", Administers)         \
  X(AdminNoticeSend, "admin.notice.send", Administers)           \
  X(AdminUserAdd, "admin.user.add", Administers)                 \
  X(AdminUserList, "admin.user.list", Administers)               \
  X(AdminUserSetPassword, "admin.user.password.set", Administers)\
  X(AdminUserDeactivate, "admin.user.deactivate", Administers)   \
  X(AdminUserSetRole, "admin.user.role.set", Administers)        \
  X(AdminUserErase, "admin.user.erase", Administers)             \
  X(AdminPolicySwap, "admin.policy.swap", Administers)           \
  X(AdminPolicyExplain, "admin.policy.explain", Administers)     \
  X(AdminWhois, "admin.whois", Administers)                      \
  X(AuditExport, "audit.export", Administers)                    \
  X(AuditVerify, "audit.verify", Administers)                    \
  X(AuditEntriesRead, "audit.entries.read", Administers)         \
  X(AuditAcceptRestore, "audit.restore.accept", Administers)     \
  X(SystemStart, "system.start", Administers)                    \
  X(SystemStop, "system.stop", Administers)                      \
  X(SystemInitialise, "system.initialise", Administers)
