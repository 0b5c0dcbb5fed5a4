#pragma once
#include "storage/memory/tables.hpp"

namespace kuramori::storage::memory {

class MemorySnapshot final : public Snapshot {
 public:
  explicit MemorySnapshot(const Tables& tables) : tables_(tables) {}
  Result<std::optional<Row>> get(const Table& table, const Key& key) override;
  Result<std::vector<Row>> scan(const Scan& scan) override;
  Result<void> for_each(const Scan& scan, const std::function<bool(Row&&)>& visit) override;
  Result<std::int64_t> count(const Scan& scan) override;
  Result<std::int64_t> last(Sequence sequence) override;

 private:
  Result<void> walk(const Scan& scan, const std::function<bool(const Row&)>& visit) const;
  const Tables& tables_;
};

}  // namespace kuramori::storage::memory
