#include "sync/filters.hpp"

#include <mutex>
#include <unordered_map>

#include "crypto/base64.hpp"
#include "crypto/hash.hpp"
#include "identity/personal.hpp"
#include "sync/tables.hpp"

namespace kuramori::sync {

using runtime::Task;
using FilterPtr = std::shared_ptr<const matrix::Filter>;

namespace {

constexpr std::size_t kCachedMax = 20'000;
constexpr std::size_t kCachedInlineBytesMax = 2'048;  // a longer one is parsed each time
constexpr std::size_t kIdBytes = 12;

// The same filter of the same user has the same name, so that clients which create it anew cost nothing.
std::string id_of(const UserId& user, std::string_view canonical) {
  const crypto::Sha256 hash = crypto::sha256({as_bytes(user.view()), as_bytes("\n"), as_bytes(canonical)});
  return crypto::to_base64_url(ByteView(hash).first(kIdBytes));
}

}  // namespace

struct Filters::State {
  storage::Reader& reader;
  gate::Gate& gate;
  storage::KeyRing& keys;
  Random& random;
  std::mutex mutex;
  std::unordered_map<std::string, FilterPtr> cached;

  FilterPtr find(const std::string& place) {
    const std::scoped_lock lock(mutex);
    const auto it = cached.find(place);
    return it == cached.end() ? nullptr : it->second;
  }
  void keep(const std::string& place, FilterPtr filter) {
    const std::scoped_lock lock(mutex);
    if (cached.size() >= kCachedMax) cached.erase(cached.begin());
    cached[place] = std::move(filter);
  }
  Task<Result<json::Object>> read(UserId user, std::string id);
};

Task<Result<json::Object>> Filters::State::read(UserId user, std::string id) {
  const storage::Key row_key{user.str(), id};
  auto query = [row_key](storage::Snapshot& s) { return s.get(kFilters, row_key); };
  auto row = co_await reader.read(std::move(query));
  if (!row) co_return std::move(row).error();
  if (!*row) co_return not_found("There is no such filter.");
  auto key = co_await keys.get(crypto::KeyScope::Person, user.view());
  if (!key) co_return std::move(key).error();
  const identity::Place place{"filters.filter", user.view(), id};
  auto text = identity::open_personal(*key, place, storage::blob((**row)[2]));
  if (!text) co_return std::move(text).error();
  auto filter = json::parse_object(*text);
  co_return filter;
}

Filters::Filters(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, Random& random)
    : state_(new State{reader, gate, keys, random, {}, {}}) {}
Filters::~Filters() = default;

Task<Result<std::string>> Filters::create(gate::Permit permit, UserId user, json::Object filter) {
  permit.require(gate::Operation::FilterCreate);
  auto canonical_form = json::check_canonical(json::Value(filter));
  if (!canonical_form) co_return std::move(canonical_form).error();
  auto parsed = matrix::parse_filter(filter);
  if (!parsed) co_return std::move(parsed).error();
  const std::string text = json::canonical(filter);
  const std::string id = id_of(user, text);
  auto key = co_await state_->keys.get_or_create(crypto::KeyScope::Person, user.view());
  if (!key) co_return std::move(key).error();
  const identity::Place place{"filters.filter", user.view(), id};
  Bytes sealed = identity::seal_personal(*key, place, text, state_->random);
  storage::UnitOfWork work;
  work.upsert(kFilters, {user.str(), id, std::move(sealed)});
  gate::Outcome outcome{.detail = id, .personal = {}};
  auto receipt = co_await state_->gate.commit(std::move(permit), std::move(work), std::move(outcome));
  if (!receipt) co_return std::move(receipt).error();
  co_return id;
}

Task<Result<json::Object>> Filters::get(const gate::Permit& permit, UserId user, std::string id) {
  permit.require_any(
      {gate::Operation::FilterCreate, gate::Operation::AccountDataRead, gate::Operation::Sync});
  auto filter = co_await state_->read(std::move(user), std::move(id));
  co_return filter;
}

Task<Result<FilterPtr>> Filters::resolve(UserId user, std::string id_or_json) {
  static const FilterPtr everything = std::make_shared<const matrix::Filter>();
  if (id_or_json.empty()) co_return everything;
  const bool is_inline = id_or_json.front() == '{';
  const std::string place = is_inline ? id_or_json : user.str() + ' ' + id_or_json;
  if (FilterPtr known = state_->find(place)) co_return known;
  json::Object object;
  if (is_inline) {
    auto parsed = json::parse_object(id_or_json, {.bytes_max = 65'536});
    if (!parsed) co_return invalid_argument("The filter is not valid JSON: " + parsed.error().message());
    object = *std::move(parsed);
  } else {
    auto stored = co_await state_->read(user, id_or_json);
    if (!stored && stored.error().code() == ErrorCode::NotFound) {
      co_return invalid_argument("There is no filter with this id.");
    }
    if (!stored) co_return std::move(stored).error();
    object = *std::move(stored);
  }
  auto filter = matrix::parse_filter(object);
  if (!filter) co_return std::move(filter).error();
  FilterPtr shared = std::make_shared<const matrix::Filter>(*std::move(filter));
  if (!is_inline || place.size() <= kCachedInlineBytesMax) state_->keep(place, shared);
  co_return shared;
}

}  // namespace kuramori::sync
