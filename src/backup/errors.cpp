#include "backup/errors.hpp"

namespace kuramori::backup {

Error damaged(std::string_view what) {
  return {ErrorCode::Corrupt, "KURAMORI_BACKUP_DAMAGED",
          "The backup is damaged: " + std::string(what) + ". Use another one."};
}

Error not_understood(std::string_view what) {
  return {ErrorCode::Unsupported, "KURAMORI_BACKUP_NOT_UNDERSTOOD",
          "The backup is not understood: " + std::string(what) +
              ". It was made by another version of the server; restore it with that version."};
}

}  // namespace kuramori::backup
