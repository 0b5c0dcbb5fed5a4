#include "approvals/tables.hpp"

#include <array>

namespace kuramori::approvals {

using storage::ColumnType;

const storage::Table kRequests{.name = "approval_requests",
                               .columns = {{"id", ColumnType::Text},
                                           {"requester", ColumnType::Text},
                                           {"state", ColumnType::Text},
                                           {"created_ms", ColumnType::Integer},
                                           {"sealed", ColumnType::Blob}},
                               .key_columns = 1,
                               .indexes = {{"approval_requests_by_requester", {"requester", "created_ms"}},
                                           {"approval_requests_by_state", {"state"}}}};

const storage::Table kHeldContents{.name = "held_contents",
                                   .columns = {{"request_id", ColumnType::Text},
                                               {"room_id", ColumnType::Text},
                                               {"sealed", ColumnType::Blob}},
                                   .key_columns = 1};

const storage::Table kDelegations{.name = "approval_delegations",
                                  .columns = {{"person", ColumnType::Text},
                                              {"delegate", ColumnType::Text},
                                              {"from_ms", ColumnType::Integer},
                                              {"until_ms", ColumnType::Integer}},
                                  .key_columns = 1};

std::span<const storage::Table* const> tables() {
  static constexpr std::array<const storage::Table*, 3> kAll{&kRequests, &kHeldContents, &kDelegations};
  return kAll;
}

}  // namespace kuramori::approvals
