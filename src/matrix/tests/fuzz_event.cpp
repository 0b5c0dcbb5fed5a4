// An event from another server: whatever parses must hash, render and be judged without harm.
#include "base/assert.hpp"
#include "matrix/authorisation.hpp"
#include "matrix/redaction.hpp"

namespace {

using namespace kuramori;

class OneEvent final : public matrix::StateView {
 public:
  explicit OneEvent(matrix::EventPtr event) : event_(std::move(event)) {}
  matrix::EventPtr find(std::string_view, std::string_view) const override { return event_; }

 private:
  matrix::EventPtr event_;
};

void judge(const matrix::EventPtr& event, const matrix::RoomVersion& version) {
  ensure(matrix::reference_hash_id(matrix::redact(event->pdu(), version), version) == event->id(),
         "redaction keeps the event id");
  ensure(json::canonical(event->pdu()).size() <= matrix::kEventBytesMax, "the limit holds");
  matrix::authorise(*event, OneEvent(event));
  matrix::check_auth_events(*event, {event});
  matrix::client_form(*event);
  matrix::stripped_form(*event);
  matrix::content_hash_matches(event->pdu());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<json::Object> pdu = json::parse_object(as_text({data, size}));
  if (!pdu) return 0;
  for (const matrix::RoomVersion& version : matrix::room_versions()) {
    const Result<matrix::EventPtr> event = matrix::Event::parse(*pdu, version);
    if (event) judge(*event, version);
  }
  return 0;
}
