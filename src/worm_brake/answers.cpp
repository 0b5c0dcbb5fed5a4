#include "worm_brake/answers.hpp"

namespace kuramori::worm_brake {

json::Object described(const Stop& stop) {
  return {{"user", stop.user.view()},
          {"kind", to_string(stop.fingerprint.kind)},
          {"stopped", to_rfc3339(stop.when)},
          {"state", stop.state},
          {"rooms", stop.rooms},
          {"withdrawn", stop.withdrawn},
          {"failed", stop.failed}};
}

}  // namespace kuramori::worm_brake
