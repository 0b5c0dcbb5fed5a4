#include "storage/changes.hpp"

#include <algorithm>

namespace kuramori::storage {

void append_changes(std::vector<StreamListener::Change>& changes, const UnitOfWork& work,
                    const CommitReceipt& receipt) {
  const auto first = static_cast<std::ptrdiff_t>(changes.size());
  for (const Publication& p : work.publications()) {
    // Nearly always in order already: then this is one comparison.
    const StreamPosition position = receipt.position(p.position);
    auto place = changes.end();
    while (place != changes.begin() + first && position < (place - 1)->position) --place;
    changes.insert(place, {.position = position, .payload = p.payload});
  }
}

}  // namespace kuramori::storage
