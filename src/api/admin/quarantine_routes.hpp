// Files that inspection holds back or removed, and what becomes of them; what was found in messages and
// files.
#pragma once
#include "api/resource/pipeline.hpp"
#include "inspection/records.hpp"
#include "net/router.hpp"
#include "runtime/sequencer.hpp"

namespace kuramori::api::admin {

// Who keeps the files.
class HeldFiles {
 public:
  virtual ~HeldFiles() = default;
  // Each with a permit for AdminQuarantineDecide.
  virtual runtime::Task<Result<void>> release(gate::Permit permit, media::MediaId id) = 0;
  virtual runtime::Task<Result<void>> destroy(gate::Permit permit, media::MediaId id) = 0;
};

// Live as long as the router.
struct QuarantineServices {
  inspection::Records& records;
  HeldFiles& files;
  runtime::Sequencer deciding{};  // one decision at a time: each looks first at what was decided
};
struct FindingsServices {
  storage::Reader& reader;
  storage::KeyRing& keys;
};

void add_quarantine_routes(net::Router& router, resource::Pipeline& pipeline, QuarantineServices& services);
void add_findings_routes(net::Router& router, resource::Pipeline& pipeline, FindingsServices& services);

// Names and sources of findings become lengths and counts: for who is no officer.
void mask_file(json::Object& facts);
// How a caller sees an inspection: names of files, as all that people wrote, are for officers alone; to
// others they are told by their length and ending.
json::Object to_json(const inspection::InspectionRecord& record, gate::Role viewer);

}  // namespace kuramori::api::admin
