#include "app/held_files.hpp"

namespace kuramori::app {
namespace {

using runtime::Task;

constexpr std::size_t kListedAtOnce = 500;
constexpr std::size_t kListedAtMost = 20'000;

Result<media::MediaId> id_in(std::string_view uri) {
  constexpr std::string_view kMxc = "mxc://";
  const std::string_view place = uri.starts_with(kMxc) ? uri.substr(kMxc.size()) : std::string_view();
  const std::size_t slash = std::min(place.find('/'), place.size());
  return media::parse_media_id(place.substr(0, slash), place.substr(std::min(place.size(), slash + 1)));
}

std::string uri_in(const approvals::Request& request) {
  return std::string(json::string_or(request.file, "uri", ""));
}

approvals::HeldFile described(inspection::InspectionRecord record) {
  approvals::HeldFile file{.uri = record.id.to_uri(),
                           .uploader = std::move(record.uploader),
                           .name = std::string(json::string_or(record.findings, "name", "")),
                           .type = std::string(json::string_or(record.findings, "media_type", "")),
                           .bytes = json::integer_or(record.findings, "bytes", 0),
                           .rules = std::move(record.hold->rules),
                           .obligations = std::move(record.hold->obligations),
                           .inspected_ms = record.inspected_ms};
  if (const json::Object* found = json::object_at(record.findings, "found")) file.found = *found;
  return file;
}

// Who decided, for the record of the file: the last of a chain names the decision.
void sign(inspection::InspectionRecord& record, const approvals::Request& request) {
  if (request.decisions.empty()) {
    record.decided_by = request.requester.str();
    record.reason = "withdrawn";
    return;
  }
  const approvals::Decision& last = request.decisions.back();
  record.decided_by = last.by.str();
  record.reason = !last.reason.empty()                          ? last.reason
                  : last.verdict == approvals::Verdict::Approve ? "approved"
                                                                : "refused";
}

}  // namespace

Task<Result<std::vector<approvals::HeldFile>>> HeldFilesOfInspection::waiting() {
  std::vector<approvals::HeldFile> files;
  std::optional<inspection::Records::Place> after;
  for (std::size_t seen = 0; seen < kListedAtMost; seen += kListedAtOnce) {
    auto listing = records_.list_behind("held", after, kListedAtOnce);
    KURAMORI_CO_TRY(records, co_await std::move(listing));
    const bool is_last = records.size() < kListedAtOnce;
    if (!records.empty()) after = {records.back().inspected_ms, records.back().id};
    for (inspection::InspectionRecord& record : records) {
      if (record.hold && record.decided_by.empty()) files.push_back(described(std::move(record)));
    }
    if (is_last) break;
  }
  co_return files;
}

Task<Result<inspection::InspectionRecord>> HeldFilesOfInspection::record_of(std::string uri) {
  auto id = id_in(uri);
  if (!id) co_return id.error();
  auto finding = records_.find(*std::move(id));
  auto found = co_await std::move(finding);
  if (!found) co_return std::move(found).error();
  if (!*found) co_return not_found("This file was never inspected.");
  co_return **std::move(found);
}

Task<Result<approvals::HeldFiles::Fate>> HeldFilesOfInspection::fate(std::string uri) {
  auto finding = record_of(std::move(uri));
  const auto record = co_await std::move(finding);
  if (!record && record.error().code() == ErrorCode::NotFound) co_return Fate::Removed;
  if (!record) co_return record.error();
  if (record->state == "held") {
    // Its owner's erasure removes a file, and what was kept of its inspection stays.
    auto looking = library_.standing(record->id);
    const auto standing = co_await std::move(looking);
    co_return standing || standing.error().code() != ErrorCode::NotFound ? Fate::Held : Fate::Removed;
  }
  co_return record->state == "released" ? Fate::Released : Fate::Removed;
}

Task<Result<gate::Permit>> HeldFilesOfInspection::permit(gate::Subject subject, gate::Operation operation,
                                                         std::string uri) {
  gate::Action action{.subject = std::move(subject), .operation = operation, .resource = {}};
  action.resource.name = std::move(uri);
  auto asking = gate_.admit(std::move(action));
  gate::Admission answer = co_await std::move(asking);
  if (auto* error = std::get_if<Error>(&answer)) co_return std::move(*error);
  if (auto* refusal = std::get_if<gate::Refusal>(&answer)) co_return forbidden(refusal->message());
  co_return std::get<gate::Permit>(std::move(answer));
}

Task<Result<void>> HeldFilesOfInspection::release(gate::Subject uploader, approvals::Request request) {
  auto finding = record_of(uri_in(request));
  KURAMORI_CO_TRY(record, co_await std::move(finding));
  if (record.state == "released") co_return Result<void>();
  auto looking = library_.standing(record.id);
  KURAMORI_CO_TRY(standing, co_await std::move(looking));
  if (standing.held == media::Library::Held::UntilExamined)
    co_return Error(ErrorCode::Conflict, "KURAMORI_EXAMINED_AGAIN",
                    "The file is being examined; it is released afterwards.");
  auto asking = permit(std::move(uploader), gate::Operation::InspectionRelease, record.id.to_uri());
  KURAMORI_CO_TRY(permitted, co_await std::move(asking));
  auto releasing = library_.release(std::move(permitted), record.id);
  KURAMORI_CO_CHECK(co_await std::move(releasing));
  record.state = "released";
  sign(record, request);
  auto writing = records_.write(std::move(record));
  auto written = co_await std::move(writing);
  co_return written;
}

Task<Result<void>> HeldFilesOfInspection::remove(approvals::Request request) {
  auto finding = record_of(uri_in(request));
  KURAMORI_CO_TRY(record, co_await std::move(finding));
  if (record.state != "held") co_return Result<void>();
  auto asking = permit(gate::Subject::system(), gate::Operation::MediaRemove, record.id.to_uri());
  KURAMORI_CO_TRY(permitted, co_await std::move(asking));
  auto removing = library_.remove(std::move(permitted), record.id);
  const auto removed = co_await std::move(removing);
  if (!removed && removed.error().code() != ErrorCode::NotFound) co_return removed.error();
  record.state = "removed";
  record.findings = {};
  sign(record, request);
  auto writing = records_.write(std::move(record));
  auto written = co_await std::move(writing);
  co_return written;
}

}  // namespace kuramori::app
