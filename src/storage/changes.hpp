#pragma once
#include <vector>

#include "storage/store.hpp"

namespace kuramori::storage {

// Adds what a committed unit publishes, in the order of positions, whatever the order of its calls to
// `publish`.
void append_changes(std::vector<StreamListener::Change>& changes, const UnitOfWork& work,
                    const CommitReceipt& receipt);

}  // namespace kuramori::storage
