// What operators see of a thread, in top -H and in stacks.
#pragma once
#include <pthread.h>

#include <string>

namespace kuramori::runtime {

// Of the calling thread; Linux keeps the first fifteen octets.
inline void name_thread(std::string_view name) {
  pthread_setname_np(pthread_self(), std::string(name.substr(0, 15)).c_str());
}

}  // namespace kuramori::runtime
