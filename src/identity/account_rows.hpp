// Rows of accounts.
#pragma once
#include "identity/accounts.hpp"

namespace kuramori::identity {

struct AccountRow {
  Account account;
  std::string password_hash;  // empty: none
  bool erased = false;
};

AccountRow account_from(const storage::Row& row);
storage::Row to_row(const AccountRow& account);
Result<std::optional<AccountRow>> find_account(storage::Snapshot& snapshot, const UserId& user);

}  // namespace kuramori::identity
