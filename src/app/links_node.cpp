#include "app/links_node.hpp"

namespace kuramori::app {
namespace {

link_risk::Knowledge nothing_known() {
  auto hosts = std::make_shared<const link_risk::HostReader>(link_risk::PublicSuffixes::built_in());
  auto look_alikes = std::make_shared<const link_risk::LookAlikes>(*hosts, std::span<const std::string>());
  return {.hosts = std::move(hosts),
          .lists = link_risk::LinkLists::Builder().build(),
          .look_alikes = std::move(look_alikes)};
}

worm_brake::WormBrake::Options brake_options(const WormBrakeConfig& config) {
  return {.enabled = config.enabled,
          .rooms_max = static_cast<std::size_t>(config.rooms),
          .rooms_max_of_trusted = static_cast<std::size_t>(config.trusted_rooms),
          .window = std::chrono::seconds(config.window_s)};
}

// What the organisation allows is sent to many every day.
std::vector<link_risk::Link> links_that_count(const links::ClickThrough& clicks,
                                              const links::CurrentKnowledge& knowledge,
                                              const json::Object& content) {
  std::vector<link_risk::Link> links = clicks.links_in(content);
  std::erase_if(links, [&](const link_risk::Link& link) {
    return knowledge.assess(link).verdict == link_risk::Verdict::Allowed;
  });
  return links;
}

}  // namespace

LinksNode::LinksNode(const Config& config, Environment environment, Organisation& o, Ports ports)
    : shortened_(ports.client, environment.clock),
      knowledge_(nothing_known(), shortened_, environment.clock),
      clicks_({.reader = o.store(),
               .gate = o.gate(),
               .keys = o.keys(),
               .knowledge = knowledge_,
               .shortened = shortened_,
               .clock = environment.clock,
               .random = environment.random},
              config.base_url()),
      registry_({.store = o.store(),
                 .gate = o.gate(),
                 .clock = environment.clock,
                 .client = ports.client,
                 .knowledge = knowledge_,
                 .log = environment.log},
                {.take_down = config.links.take_down}),
      sightings_({.store = o.store(),
                  .keys = o.keys(),
                  .clicks = clicks_,
                  .clock = environment.clock,
                  .log = environment.log,
                  .recent = &ports.recent}),
      take_downs_({.store = o.store(),
                   .keys = o.keys(),
                   .gate = o.gate(),
                   .rooms = ports.rooms,
                   .clicks = clicks_,
                   .knowledge = knowledge_,
                   .clock = environment.clock,
                   .log = environment.log}),
      worker_({.gate = o.gate(),
               .registry = registry_,
               .sightings = sightings_,
               .take_downs = take_downs_,
               .clock = environment.clock,
               .log = environment.log}),
      brake_(
          {.store = o.store(),
           .keys = o.keys(),
           .gate = o.gate(),
           .rooms = ports.rooms,
           .restrictions = ports.restrictions,
           .clock = environment.clock,
           .notices = ports.notices,
           .links_in =
               [this](const json::Object& content) { return links_that_count(clicks_, knowledge_, content); },
           .is_service = std::move(ports.is_service),
           .log = environment.log},
          brake_options(config.worm_brake)) {
  registry_.on_take_down([this] { worker_.wake(); });
}

Result<void> LinksNode::load() {
  KURAMORI_CHECK(registry_.load());
  return brake_.load();
}

void LinksNode::start() {
  worker_.start();
  brake_.start();
}

void LinksNode::stop() {
  brake_.stop();
  worker_.stop();
}

}  // namespace kuramori::app
