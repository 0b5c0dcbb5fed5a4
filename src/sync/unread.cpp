#include "sync/unread.hpp"

#include <algorithm>

namespace kuramori::sync {

StreamPosition UnreadState::evaluated() const {
  const std::scoped_lock lock(mutex_);
  return evaluated_;
}

StreamPosition UnreadState::receipts_applied() const {
  const std::scoped_lock lock(mutex_);
  return receipts_applied_;
}

StreamPosition UnreadState::changed() const {
  const std::scoped_lock lock(mutex_);
  return changed_;
}

void UnreadState::add(const std::vector<UnreadStep>& steps, StreamPosition up_to) {
  const std::scoped_lock lock(mutex_);
  if (up_to <= evaluated_) return;
  for (const UnreadStep& step : steps) {
    if (step.position <= evaluated_ || step.position > up_to) continue;
    if (step.kind == UnreadStep::Kind::Counts) {
      items_.push_back({step.position, step.thread, step.notifies, step.highlights});
      changed_ = step.position;
      continue;
    }
    const bool everything = step.kind == UnreadStep::Kind::Joins;
    const auto taken =
        std::erase_if(items_, [&](const Item& item) { return everything || item.thread == step.thread; });
    if (taken != 0) changed_ = step.position;
  }
  if (items_.size() > kItemsMax) {
    items_.erase(items_.begin(), items_.end() - static_cast<std::ptrdiff_t>(kItemsMax));
  }
  evaluated_ = up_to;
}

void UnreadState::apply(const std::vector<Receipt>& receipts, StreamPosition up_to) {
  const std::scoped_lock lock(mutex_);
  for (const Receipt& receipt : receipts) {
    const auto taken = std::erase_if(items_, [&](const Item& item) {
      if (item.position > receipt.event_position) return false;
      if (receipt.thread.empty()) return true;
      return receipt.thread == "main" ? item.thread.empty() : item.thread == receipt.thread;
    });
    if (taken != 0) changed_ = std::max(changed_, receipt.position);
  }
  receipts_applied_ = std::max(receipts_applied_, up_to);
}

UnreadSummary UnreadState::summary() const {
  const std::scoped_lock lock(mutex_);
  UnreadSummary summary;
  for (const Item& item : items_) {
    const std::int64_t notifies = item.notifies ? 1 : 0;
    const std::int64_t highlights = item.highlights ? 1 : 0;
    UnreadCounts& place = item.thread.empty() ? summary.main : summary.threads[item.thread];
    place.notifications += notifies;
    place.highlights += highlights;
    summary.total.notifications += notifies;
    summary.total.highlights += highlights;
  }
  return summary;
}

}  // namespace kuramori::sync
