#include "app/viewing_node.hpp"

#include <algorithm>
#include <thread>

namespace kuramori::app {
namespace {

using runtime::Task;

constexpr std::size_t kPlacesAtOnce = 50;
constexpr std::size_t kPlacesMax = 1'000;  // messages with one file that are looked at for one person
constexpr unsigned kPageProcessesMax = 4;
constexpr std::int64_t kSecondsMax = 20;

}  // namespace

sandbox::Sandbox::Options pages_sandbox(const Config& config) {
  return {.program = sandbox::Sandbox::program_beside_this().replace_filename("kuramori-pages"),
          .job = "page",
          .limits = {.memory_bytes = static_cast<std::uint64_t>(config.inspection.memory_bytes),
                     .cpu_seconds = static_cast<std::uint32_t>(kSecondsMax),
                     .wall_time = std::chrono::seconds(2 * kSecondsMax),
                     .start_time = std::chrono::seconds(60),
                     .input_bytes = static_cast<std::uint64_t>(config.media.upload_bytes_max),
                     .output_bytes = std::uint64_t{64} << 20},
          .processes = std::clamp(std::thread::hardware_concurrency() / 2, 1U, kPageProcessesMax),
          .queue_max = 64};
}

Task<Result<bool>> TiesOfFiles::decides_about(UserId person, std::string uri) {
  auto asking = approvals_.is_asked_about(std::move(person), std::move(uri));
  auto asked = co_await std::move(asking);
  co_return asked;
}

// As the person sees the message now: what was redacted names no file any more.
Task<Result<bool>> TiesOfFiles::sees_it_in(gate::Subject person, provenance::Hop place, std::string uri) {
  auto looking = node_.rooms.current_state(place.room);
  const auto state = co_await std::move(looking);
  if (!state) co_return false;
  // Of rooms that the person never was in, the gate need not decide.
  const auto membership = (*state)->membership(person.user);
  if (membership != matrix::Membership::Join && membership != matrix::Membership::Leave) co_return false;
  gate::Action action{.subject = std::move(person), .operation = gate::Operation::RoomRead, .resource = {}};
  action.resource.room = place.room;
  action.resource.event = place.event;
  auto asking = node_.organisation.gate().admit(std::move(action));
  const gate::Admission answer = co_await std::move(asking);
  const auto* permit = std::get_if<gate::Permit>(&answer);
  if (permit == nullptr) co_return false;
  auto reading = node_.rooms.event(*permit, place.room, place.event);
  const auto event = co_await std::move(reading);
  if (!event) {
    const ErrorCode code = event.error().code();
    if (code == ErrorCode::NotFound || code == ErrorCode::Forbidden) co_return false;
    co_return event.error();
  }
  co_return json::serialize((*event)->event->content()).find(uri) != std::string::npos;
}

Task<Result<bool>> TiesOfFiles::sees(gate::Subject person, std::string uri) {
  StreamPosition after;
  for (std::size_t seen = 0; seen < kPlacesMax; seen += kPlacesAtOnce) {
    auto listing = node_.provenance.history().places_of_file(uri, after, kPlacesAtOnce);
    KURAMORI_CO_TRY(places, co_await std::move(listing));
    for (provenance::Hop& place : places) {
      after = place.position;
      auto looking = sees_it_in(person, std::move(place), uri);
      KURAMORI_CO_TRY(is_seen, co_await std::move(looking));
      if (is_seen) co_return true;
    }
    if (places.size() < kPlacesAtOnce) co_return false;
  }
  co_return false;
}

Task<std::string> NamesOfReaders::name_of(UserId person) {
  auto profile = profiles_.cached(person);
  if (!profile) {
    auto reading = profiles_.read(std::move(person));
    auto read = co_await std::move(reading);
    if (!read) co_return std::string();
    profile = *std::move(read);
  }
  co_return std::string(profile->display_name());
}

ViewingNode::ViewingNode(Node& node, MediaNode& media, approvals::Approvals& approvals)
    : node_(node),
      ties_(node, approvals),
      readers_(node.profiles),
      sandbox_(
          {.clock = node.environment.clock, .metrics = node.environment.metrics, .log = node.environment.log},
          pages_sandbox(node.config)),
      viewer_({.library = media.library(),
               .ties = ties_,
               .readers = readers_,
               .pages = sandbox_,
               .clock = node.environment.clock,
               .organisation = node.config.server.name}),
      tickets_(node.environment.clock, node.environment.random),
      services_{.viewer = &viewer_,
                .tickets = &tickets_,
                .labels = &node.provenance.book(),
                .base_url = node.config.base_url()},
      page_services_{.viewer = viewer_,
                     .tickets = tickets_,
                     .random = node.environment.random,
                     .reader = [this](viewing::Ticket ticket) { return holder_of(std::move(ticket)); }} {}

Task<Result<gate::Subject>> ViewingNode::holder_of(viewing::Ticket ticket) {
  if (!node_.sessions.is_live(ticket.session)) co_return forbidden("The session has ended.");
  auto finding = node_.delayed_authors.author(std::move(ticket.user), std::move(ticket.device));
  KURAMORI_CO_TRY(subject, co_await std::move(finding));
  subject.session = std::move(ticket.session);
  co_return subject;
}

void ViewingNode::add_routes(net::Router& router, api::client::Pipeline& pages,
                             api::resource::Pipeline& employees) {
  api::work::add_viewing_routes(router, employees, services_);
  api::client::add_viewer_page_routes(router, pages, page_services_);
}

}  // namespace kuramori::app
