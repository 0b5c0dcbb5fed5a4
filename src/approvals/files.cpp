// Files that policy holds: a request for each, and what was decided is carried out. What inspection has kept
// is the truth; a round that was cut off is made again, and changes nothing that is done.
#include <algorithm>

#include "approvals/approvals.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace kuramori::approvals {
namespace {

using runtime::Task;

constexpr Milliseconds kFilesEvery = std::chrono::minutes(1);
constexpr std::size_t kFileIdCharacters = 24;

std::string uri_of(const Request& request) {
  return std::string(json::string_or(request.file, "uri", ""));
}

// mxc://server/id → where it is shown.
std::string view_path(std::string_view uri) {
  return "/_kuramori/v1/media/" + std::string(uri.substr(std::string_view("mxc://").size())) + "/view";
}

}  // namespace

// One for each inspection: a file that is held anew is asked about anew.
std::string Approvals::file_request_id(const HeldFile& file) const {
  const std::string text = file.uri + " " + std::to_string(file.inspected_ms);
  return text::to_hex(crypto::hmac_sha256(id_key_.view(), as_bytes(text))).substr(0, kFileIdCharacters);
}

std::optional<Request> Approvals::open_request_for(const std::string& uri) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& [id, request] : open_) {
    if (request.kind == Kind::File && uri_of(request) == uri) return request;
  }
  return std::nullopt;
}

Task<Result<Request>> Approvals::ask_about(HeldFile file) {
  Request request;
  request.id = file_request_id(file);
  request.kind = Kind::File;
  request.requester = file.uploader;
  request.operation = std::string(gate::to_string(gate::Operation::InspectionRelease));
  request.rules = std::move(file.rules);
  request.chain = chain_for(file.obligations);
  // A name may tell what the file must not: what detectors find in it is masked.
  const json::Object named{{"body", file.name}};
  request.file = {{"uri", file.uri},     {"view", view_path(file.uri)},
                  {"type", file.type},   {"name", excerpts_.of(*ports_.gate.policy(), named)},
                  {"bytes", file.bytes}, {"found", std::move(file.found)}};
  gate::Subject subject = gate::Subject::system();
  subject.user = file.uploader;
  subject.user_agent = "inspection";
  auto beginning = begin(std::move(subject), std::move(request), nullptr);
  auto begun = co_await std::move(beginning);
  co_return begun;
}

// Whether it has to be tried again.
Task<bool> Approvals::follow_file(HeldFile file) {
  const std::string id = file_request_id(file);
  // What the server uploaded for itself nobody asks for, and what time decided is left to officers.
  if (file.uploader.empty() || files_left_.contains(id)) co_return false;
  auto entering = lane_.enter();
  auto guard = co_await entering;
  if (!guard) co_return true;
  if (open_request_for(file.uri)) co_return false;
  auto finding = find(id);
  const auto earlier = co_await std::move(finding);
  if (!earlier && earlier.error().code() != ErrorCode::NotFound) {
    ports_.log.warning("held_file_not_followed", {{"error", earlier.error().to_log()}});
    co_return false;
  }
  if (!earlier) {
    auto asking = ask_about(std::move(file));
    const auto asked = co_await std::move(asking);
    if (!asked) ports_.log.warning("held_file_not_asked_about", {{"error", asked.error().to_log()}});
    co_return false;  // in the next round
  }
  if (earlier->state != State::Refused && earlier->state != State::Withdrawn) {
    files_left_.insert(id);
    co_return false;
  }
  auto removing = ports_.files->remove(*earlier);
  const auto removed = co_await std::move(removing);
  if (!removed) {
    ports_.log.warning("refused_file_not_removed", {{"error", removed.error().to_log()}});
    co_return true;
  }
  // The uploader was told before the server ended, or is told now: the same is said once.
  const std::scoped_lock lock(mutex_);
  ended_.push_back(*earlier);
  co_return false;
}

// Officers, or an inspection made anew, were faster than who is asked.
Task<void> Approvals::end_overtaken(Request request) {
  auto looking = ports_.files->fate(uri_of(request));
  const auto fate = co_await std::move(looking);
  if (!fate || *fate == HeldFiles::Fate::Held) co_return;
  auto entering = lane_.enter();
  auto guard = co_await entering;
  if (!guard) co_return;
  auto current = open_one(request.id);
  if (!current || current->state != State::Waiting) co_return;
  current->state = State::Ended;
  current->failure = *fate == HeldFiles::Fate::Released ? "released" : "removed";
  auto storing = store(gate::Subject::system(), gate::Operation::ApprovalDecide, *std::move(current));
  const auto stored = co_await std::move(storing);
  if (!stored) ports_.log.warning("approval_not_stored", {{"error", stored.error().to_log()}});
}

Task<bool> Approvals::follow_files() {
  if (ports_.files == nullptr) co_return false;
  const SteadyTime now = ports_.clock.steady_now();
  const bool has_changed = files_changed_.exchange(false);
  if (!has_changed && now < files_due_) co_return false;
  files_due_ = now + kFilesEvery;
  auto listing = ports_.files->waiting();
  auto files = co_await std::move(listing);
  if (!files) {
    ports_.log.warning("held_files_not_listed", {{"error", files.error().to_log()}});
    files_changed_ = true;
    co_return true;
  }
  bool again = false;
  for (HeldFile& file : *files) {
    auto following = follow_file(std::move(file));
    const bool is_left = co_await std::move(following);
    again = again || is_left;
  }
  for (Request& request : open()) {
    if (request.kind != Kind::File || request.state != State::Waiting) continue;
    auto ending = end_overtaken(std::move(request));
    co_await std::move(ending);
  }
  if (again) files_changed_ = true;
  co_return again;
}

Task<Result<void>> Approvals::release_file(Request request) {
  auto authoring = ports_.authors.author(request.requester, DeviceId());
  KURAMORI_CO_TRY(subject, co_await std::move(authoring));
  auto releasing = ports_.files->release(std::move(subject), std::move(request));
  auto released = co_await std::move(releasing);
  co_return released;
}

Task<Result<bool>> Approvals::is_asked_about(UserId person, std::string uri) {
  const auto request = open_request_for(uri);
  if (!request || request->state != State::Waiting) co_return false;
  auto asking = people_asked(*request);
  KURAMORI_CO_TRY(people, co_await std::move(asking));
  co_return std::ranges::find(people, person) != people.end();
}

}  // namespace kuramori::approvals
