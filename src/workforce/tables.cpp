#include "workforce/tables.hpp"

namespace kuramori::workforce {

using storage::ColumnType;
using storage::Nullable;

const storage::Table kOrganisationVersions{.name = "organisation_versions",
                                           .columns = {{"version", ColumnType::Integer},
                                                       {"created_ms", ColumnType::Integer},
                                                       {"created_by", ColumnType::Text},
                                                       {"origin", ColumnType::Text},
                                                       {"restored", ColumnType::Integer, Nullable::Yes},
                                                       {"added", ColumnType::Integer},
                                                       {"changed", ColumnType::Integer},
                                                       {"removed", ColumnType::Integer},
                                                       {"reason", ColumnType::Blob, Nullable::Yes}},
                                           .key_columns = 1,
                                           .indexes = {}};

const storage::Table kOrganisationDocuments{.name = "organisation_documents",
                                            .columns = {{"version", ColumnType::Integer},
                                                        {"document", ColumnType::Blob},
                                                        {"difference", ColumnType::Blob}},
                                            .key_columns = 1,
                                            .indexes = {},
                                            .rows = storage::Rows::Large};

std::vector<const storage::Table*> tables() {
  return {&kOrganisationVersions, &kOrganisationDocuments};
}

}  // namespace kuramori::workforce
