#include "appservices/ephemeral.hpp"

#include "json/json.hpp"

namespace kuramori::appservices {
namespace {

// Identifiers hold no line breaks.
std::string subject_of(const Notice& notice) {
  if (const auto* typing = std::get_if<TypingNotice>(&notice.what)) return "typing\n" + typing->room.str();
  if (const auto* presence = std::get_if<PresenceNotice>(&notice.what))
    return "presence\n" + presence->user.str();
  const auto& receipt = std::get<ReceiptNotice>(notice.what);
  return receipt.type + "\n" + receipt.room.str() + "\n" + receipt.user.str() + "\n" + receipt.thread;
}

json::Object event_in(const RoomId& room, std::string_view type, json::Object content) {
  json::Object event;
  event.emplace("type", type);
  event.emplace("room_id", room.view());
  event.emplace("content", std::move(content));
  return event;
}

json::Object typing_event(const TypingNotice& notice) {
  json::Array users;
  for (const UserId& user : notice.users) users.emplace_back(user.view());
  json::Object content;
  content.emplace("user_ids", std::move(users));
  return event_in(notice.room, "m.typing", std::move(content));
}

json::Object& object_at(json::Object& parent, std::string_view key) {
  json::Value& value = parent[key];
  return value.is_object() ? value.get_object() : value.emplace_object();
}

// The contents of receipts of one room. One event cannot hold two receipts of a user for the same event and
// type, though they be of two threads.
class Receipts {
 public:
  void add(const ReceiptNotice& receipt) {
    json::Object told;
    told.emplace("ts", receipt.ts);
    if (!receipt.thread.empty()) told.emplace("thread_id", receipt.thread);
    for (json::Object& content : contents_) {
      json::Object& users = object_at(object_at(content, receipt.event.view()), receipt.type);
      if (users.emplace(receipt.user.view(), told).second) return;
    }
    contents_.emplace_back();
    object_at(object_at(contents_.back(), receipt.event.view()), receipt.type)
        .emplace(receipt.user.view(), std::move(told));
  }
  std::vector<json::Object>& contents() { return contents_; }

 private:
  std::vector<json::Object> contents_;
};

}  // namespace

bool NoticeQueue::add(Notice notice) {
  std::string subject = subject_of(notice);
  const StreamPosition position = notice.position;
  const std::scoped_lock lock(mutex_);
  const auto [known, is_new] = by_subject_.try_emplace(subject, position);
  if (!is_new) {
    if (known->second >= position) return true;
    by_position_.erase(known->second);
    known->second = position;
  }
  by_position_.insert_or_assign(position, Waiting{std::move(subject), std::move(notice)});
  if (by_position_.size() <= waiting_max_) return true;
  by_subject_.erase(by_position_.begin()->second.subject);
  by_position_.erase(by_position_.begin());
  return false;
}

std::vector<Notice> NoticeQueue::take(StreamPosition up_to, std::size_t limit) {
  std::vector<Notice> taken;
  const std::scoped_lock lock(mutex_);
  while (!by_position_.empty() && by_position_.begin()->first <= up_to && taken.size() < limit) {
    const auto first = by_position_.begin();
    taken.push_back(std::move(first->second.notice));
    by_subject_.erase(first->second.subject);
    by_position_.erase(first);
  }
  return taken;
}

bool NoticeQueue::has(StreamPosition up_to) const {
  const std::scoped_lock lock(mutex_);
  return !by_position_.empty() && by_position_.begin()->first <= up_to;
}

std::string render_notices(const std::vector<Notice>& notices, const PresenceSource& presence) {
  std::map<RoomId, Receipts> receipts;
  std::string text;
  const auto append = [&text](std::string_view event) {
    if (!text.empty()) text.push_back(',');
    text += event;
  };
  for (const Notice& notice : notices) {
    if (const auto* typing = std::get_if<TypingNotice>(&notice.what)) {
      append(json::serialize(typing_event(*typing)));
    } else if (const auto* receipt = std::get_if<ReceiptNotice>(&notice.what)) {
      receipts[receipt->room].add(*receipt);
    } else if (presence) {
      const auto event = presence(std::get<PresenceNotice>(notice.what).user);
      if (event) append(*event);
    }
  }
  for (auto& [room, of_room] : receipts) {
    for (json::Object& content : of_room.contents())
      append(json::serialize(event_in(room, "m.receipt", std::move(content))));
  }
  return text;
}

}  // namespace kuramori::appservices
