// One suite that every adapter of the blob port must pass. An adapter's tests compile blob_conformance.cpp
// and say where to keep blobs:
//
//   INSTANTIATE_TEST_SUITE_P(Directory, BlobConformance, ::testing::Values(BlobPlaceFactory{...}));
#pragma once
#include <gtest/gtest.h>

#include <set>

#include "storage/blob_store.hpp"

namespace kuramori::storage {

// An empty place; what it needs goes with it. It outlives the stores that were opened on it.
class BlobPlace {
 public:
  virtual ~BlobPlace() = default;
  virtual Result<std::unique_ptr<BlobStore>> open() = 0;
  // What lies there and is no finished blob.
  virtual std::size_t leftovers() = 0;
};
using BlobPlaceFactory = std::function<std::unique_ptr<BlobPlace>()>;

class BlobConformance : public ::testing::TestWithParam<BlobPlaceFactory> {
 protected:
  void SetUp() override;
  void reopen();
  Result<void> put(std::string_view name, std::string_view text);
  Result<std::string> get(std::string_view name, std::uint64_t offset, std::size_t bytes);
  std::set<std::string> names();

  std::unique_ptr<BlobPlace> place;
  std::unique_ptr<BlobStore> store;
};

}  // namespace kuramori::storage
