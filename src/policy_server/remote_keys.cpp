#include "policy_server/remote_keys.hpp"

#include <algorithm>

namespace kuramori::policy_server {
namespace {

Error no_such_key() {
  return Error(ErrorCode::Unauthenticated, "M_UNAUTHORIZED",
               "The server that asks does not publish this key.");
}

Error not_reached(std::string detail) {
  return Error(ErrorCode::Unavailable, "M_UNKNOWN", "The keys of the server that asks cannot be fetched.")
      .with_detail(std::move(detail));
}

class Counted {
 public:
  explicit Counted(std::atomic<std::size_t>& count) : count_(count), before_(count.fetch_add(1)) {}
  ~Counted() { count_.fetch_sub(1); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  std::size_t before() const { return before_; }

 private:
  std::atomic<std::size_t>& count_;
  const std::size_t before_;
};

}  // namespace

RemoteKeys::RemoteKeys(Web& web, const Clock& clock, Options options)
    : web_(web), clock_(clock), options_(std::move(options)) {}

std::shared_ptr<RemoteKeys::Entry> RemoteKeys::entry_of(const ServerName& server) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = entries_.find(server); found != entries_.end()) return found->second;
  if (entries_.size() >= options_.servers_max) {
    const auto unused =
        std::ranges::find_if(entries_, [](const auto& each) { return each.second.use_count() == 1; });
    if (unused == entries_.end()) return nullptr;
    entries_.erase(unused);
  }
  return entries_.emplace(server, std::make_shared<Entry>()).first->second;
}

std::optional<Result<crypto::Ed25519PublicKey>> RemoteKeys::known(Entry& entry,
                                                                  const std::string& key) const {
  const Timestamp now = clock_.now();
  const std::scoped_lock lock(entry.mutex);
  const bool is_fresh = entry.tried && now - *entry.tried < options_.failure_counts;
  if (now < entry.expires) {
    const auto found = entry.document.keys.find(key);
    if (found != entry.document.keys.end()) return found->second;
    // It may have been published since.
    return is_fresh ? std::optional<Result<crypto::Ed25519PublicKey>>(no_such_key()) : std::nullopt;
  }
  if (is_fresh && entry.failure) return Result<crypto::Ed25519PublicKey>(*entry.failure);
  return std::nullopt;
}

net::Reach RemoteKeys::reach_of(const ServerName& server) const {
  const bool is_own = std::ranges::find(options_.own_networks, server.str()) != options_.own_networks.end();
  return is_own ? net::Reach::Configured : net::Reach::Public;
}

runtime::Task<Result<KeyDocument>> RemoteKeys::fetch(ServerName server) {
  const net::Reach reach = reach_of(server);
  auto address = address_of(server);
  if (!address) co_return invalid_argument("The request names no server.");
  if (!address->is_final) {
    auto asking = web_.get(well_known_url(*address), reach);
    const auto document = co_await std::move(asking);
    // Without such a document the server is reached under its own name.
    const auto delegated = document && document->status == 200 ? delegated_in(document->body) : std::nullopt;
    if (delegated) address = address_of(*delegated);
  }
  auto asking = web_.get(url_of(*address, "/_matrix/key/v2/server"), reach);
  const auto answer = co_await std::move(asking);
  if (!answer) co_return not_reached(answer.error().to_log());
  if (answer->status != 200) co_return not_reached("status " + std::to_string(answer->status));
  co_return read_key_document(answer->body, server, clock_.now());
}

runtime::Task<Result<crypto::Ed25519PublicKey>> RemoteKeys::key_of(ServerName server, std::string key) {
  const auto entry = entry_of(server);
  if (entry == nullptr) co_return not_reached("too many servers ask");
  if (auto answer = known(*entry, key)) co_return *std::move(answer);
  auto entering = entry->lane.enter();
  KURAMORI_CO_TRY(guard, co_await entering);
  // Somebody before may have asked the same.
  if (auto answer = known(*entry, key)) co_return *std::move(answer);
  const Counted fetching(fetching_);
  if (fetching.before() >= options_.fetches_max) co_return not_reached("too many fetches are under way");
  auto asking = fetch(server);
  auto document = co_await std::move(asking);
  const Timestamp now = clock_.now();
  const std::scoped_lock lock(entry->mutex);
  entry->tried = now;
  entry->failure.reset();
  if (!document) {
    entry->failure = document.error();
    co_return std::move(document).error();
  }
  entry->document = *std::move(document);
  entry->expires = std::min(entry->document.valid_until, now + options_.kept_max);
  const auto found = entry->document.keys.find(key);
  if (found == entry->document.keys.end()) co_return no_such_key();
  co_return found->second;
}

}  // namespace kuramori::policy_server
