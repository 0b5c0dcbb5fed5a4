// What push stores. The keys of all three begin with (user_id, device_id): rows go with the device and with
// the account.
#pragma once
#include <vector>

#include "storage/schema.hpp"

namespace kuramori::push {

// pushers(user_id, device_id, pusher_key | sealed, created_ms, since). Index: key (pusher_key). `since`: of
// the stream; what is older does not concern the pusher.
extern const storage::Table kPushers;
// push_queue(user_id, device_id, pusher_key, position | sealed, queued_ms). Position 0: the badge alone.
extern const storage::Table kPushQueue;
// push_attempts(user_id, device_id, pusher_key | failures, next_ms): when the pusher's queue is looked at
// next.
extern const storage::Table kPushAttempts;
// push_progress(name | position): up to where the stream has been judged.
extern const storage::Table kPushProgress;

std::vector<const storage::Table*> tables();
std::vector<const storage::Table*> device_tables();

}  // namespace kuramori::push
