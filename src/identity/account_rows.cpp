#include "identity/account_rows.hpp"

#include "identity/session_rows.hpp"
#include "identity/tables.hpp"

namespace kuramori::identity {

using storage::integer;
using storage::is_null;
using storage::Value;

AccountRow account_from(const storage::Row& row) {
  AccountRow result;
  Account& account = result.account;
  account.user = UserId(storage::text(row[account_column::User]));
  account.created = from_unix_ms(integer(row[account_column::Created]));
  account.role = role_from(storage::text(row[account_column::Role]));
  account.must_change_password = integer(row[account_column::MustChangePassword]) != 0;
  const Value& hash = row[account_column::PasswordHash];
  if (!is_null(hash)) result.password_hash = storage::text(hash);
  account.has_password = !result.password_hash.empty();
  const Value& deactivated = row[account_column::Deactivated];
  if (!is_null(deactivated)) account.deactivated = from_unix_ms(integer(deactivated));
  result.erased = integer(row[account_column::Erased]) != 0;
  return result;
}

storage::Row to_row(const AccountRow& row) {
  const Account& account = row.account;
  return {account.user.str(),
          to_unix_ms(account.created),
          std::string(gate::to_string(account.role)),
          row.password_hash.empty() ? Value() : Value(row.password_hash),
          std::int64_t{account.must_change_password},
          account.deactivated ? Value(to_unix_ms(*account.deactivated)) : Value(),
          std::int64_t{row.erased}};
}

Result<std::optional<AccountRow>> find_account(storage::Snapshot& snapshot, const UserId& user) {
  KURAMORI_TRY(row, snapshot.get(kAccounts, {user.str()}));
  if (!row) return std::optional<AccountRow>();
  return std::optional(account_from(*row));
}

}  // namespace kuramori::identity
