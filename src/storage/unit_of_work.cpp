#include "storage/unit_of_work.hpp"

#include <limits>
#include <utility>

#include "base/assert.hpp"

namespace kuramori::storage {

NextOf UnitOfWork::next(Sequence sequence) {
  return {.sequence = sequence, .ordinal = taken_[static_cast<std::size_t>(sequence)]++};
}

void UnitOfWork::pass_over(Sequence sequence, std::uint32_t numbers) {
  std::uint32_t& taken = taken_[static_cast<std::size_t>(sequence)];
  ensure(numbers <= std::numeric_limits<std::uint32_t>::max() - taken, "a unit takes numbers of 32 bits");
  taken += numbers;
}

void UnitOfWork::insert(const Table& table, Row row) {
  mutations_.emplace_back(Insert{.table = &table, .row = std::move(row)});
}

void UnitOfWork::upsert(const Table& table, Row row) {
  mutations_.emplace_back(Upsert{.table = &table, .row = std::move(row)});
}

void UnitOfWork::erase(const Table& table, Key key) {
  mutations_.emplace_back(Erase{.table = &table, .key = std::move(key)});
}

void UnitOfWork::expect(const Table& table, Key key, bool exists) {
  mutations_.emplace_back(Expect{.table = &table, .key = std::move(key), .exists = exists});
}

void UnitOfWork::publish(NextOf position, std::shared_ptr<const ChangePayload> payload) {
  publications_.push_back({.position = position, .payload = std::move(payload)});
}

}  // namespace kuramori::storage
