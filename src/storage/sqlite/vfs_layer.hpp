// How a file of ours lies over the file of the layer below: SQLite allocates szOsFile octets, ours first.
#pragma once
#include <sqlite3.h>

namespace kuramori::storage::sqlite::detail {

struct LayerFile {
  sqlite3_file base;
  void* own;  // what the layer keeps for this file
};

inline LayerFile& layer(sqlite3_file* file) {
  return *reinterpret_cast<LayerFile*>(file);
}
inline sqlite3_file* below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<LayerFile*>(file) + 1);
}

template <auto Method, class... Arguments>
int forward(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* real = below(file);
  return (real->pMethods->*Method)(real, arguments...);
}

}  // namespace kuramori::storage::sqlite::detail
