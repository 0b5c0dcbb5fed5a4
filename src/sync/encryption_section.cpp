// The part of a response that belongs to the reader's device: messages, key counts, device lists.
#include "sync/context.hpp"

namespace kuramori::sync::detail {
namespace {

using runtime::Task;

void append_users(std::string& out, std::string_view name, const std::vector<UserId>& users) {
  separate(out);
  out.append("\"").append(name).append("\":[");
  for (const UserId& user : users) {
    separate(out);
    json::append_string(out, user.view());
  }
  out.push_back(']');
}

}  // namespace

Task<Result<EncryptionSection>> encryption_section(Context& context) {
  EncryptionSection section;
  section.messages.reached = context.up_to;
  EncryptionPort* const port = context.ports.encryption;
  if (port == nullptr) co_return section;
  const StreamPosition since = context.request.to_device_since.value_or(context.since);
  auto messages = co_await port->to_device(context.permit, context.request.session, since, context.up_to);
  if (!messages) co_return std::move(messages).error();
  section.messages = *std::move(messages);
  auto stock = co_await port->key_stock(context.permit, context.request.session);
  if (!stock) co_return std::move(stock).error();
  section.stock = *std::move(stock);
  // "Only present on an incremental sync."
  if (context.is_initial()) co_return section;
  EncryptionPort::IsJoined is_joined = [&feed = context.feed](const RoomId& room) {
    return feed.is_joined(room);
  };
  auto lists = co_await port->device_lists(context.permit, context.request.session, context.since,
                                           context.up_to, std::move(is_joined));
  if (!lists) co_return std::move(lists).error();
  section.lists = *std::move(lists);
  co_return section;
}

void append_encryption(std::string& out, const EncryptionSection& section) {
  if (section.stock.one_time_key_counts.empty()) return;  // there is no port
  out.append(",\"device_one_time_keys_count\":").append(section.stock.one_time_key_counts);
  out.append(",\"device_unused_fallback_key_types\":").append(section.stock.unused_fallback_key_types);
  if (!section.messages.events.empty())
    out.append(",\"to_device\":{\"events\":[").append(section.messages.events).append("]}");
  if (section.lists.empty()) return;
  out.append(",\"device_lists\":{");
  append_users(out, "changed", section.lists.changed);
  append_users(out, "left", section.lists.left);
  out.push_back('}');
}

}  // namespace kuramori::sync::detail
