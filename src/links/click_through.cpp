#include "links/click_through.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "link_risk/rewriting.hpp"
#include "links/tables.hpp"

namespace kuramori::links {
namespace {

// A token of a longer address would itself be longer than a link may be.
constexpr std::size_t kUrlOctetsMax = 5'000;
constexpr std::string_view kTooLong = "too-long";  // opens nothing

std::string canonical_prefix(const CurrentKnowledge& knowledge, const std::string& base_url) {
  const std::string written = base_url + std::string(ClickThrough::kPath);
  const auto link = link_risk::read_link(*knowledge.get()->hosts, written);
  return link ? link->url : written;
}

constexpr std::string_view kTokenPlace = "kuramori/links/token";

std::string opening_place(std::int64_t hash, std::int64_t opened_ms, std::int64_t nonce) {
  return "link_openings/" + std::to_string(hash) + "/" + std::to_string(opened_ms) + "/" +
         std::to_string(nonce);
}

Passage passage_of(link_risk::Verdict verdict, Warned warned) {
  if (verdict == link_risk::Verdict::Malicious) return Passage::Blocked;
  const bool is_suspicious = verdict > link_risk::Verdict::Allowed;
  return is_suspicious && warned == Warned::No ? Passage::Warned : Passage::Passed;
}

json::Object described(const Visit& visit, const UserId& user) {
  return {{"user", user.view()},
          {"url", visit.link.url},
          {"verdict", link_risk::to_string(visit.finding.verdict)},
          {"passage", to_string(visit.passage)},
          {"room", visit.place.room.view()},
          {"sender", visit.place.sender.view()}};
}

Result<Opening> opening_of(const crypto::SecretKey& key, const storage::Row& row) {
  const std::string place =
      opening_place(storage::integer(row[0]), storage::integer(row[1]), storage::integer(row[2]));
  KURAMORI_TRY(plain, crypto::open(key, storage::blob(row[3]), as_bytes(place)));
  KURAMORI_TRY(object, json::parse_object(as_text(plain)));
  return Opening{.when = from_unix_ms(storage::integer(row[1])),
                 .user = UserId(json::string_or(object, "user", "")),
                 .url = std::string(json::string_or(object, "url", "")),
                 .verdict = std::string(json::string_or(object, "verdict", "")),
                 .passage = std::string(json::string_or(object, "passage", "")),
                 .place = {.room = RoomId(json::string_or(object, "room", "")),
                           .sender = UserId(json::string_or(object, "sender", ""))}};
}

}  // namespace

std::string_view to_string(Passage passage) {
  switch (passage) {
    case Passage::Passed:
      return "passed";
    case Passage::Warned:
      return "warned";
    case Passage::Blocked:
      break;
  }
  return "blocked";
}

ClickThrough::ClickThrough(Ports ports, const std::string& base_url)
    : ports_(std::move(ports)),
      prefix_(canonical_prefix(ports_.knowledge, base_url)),
      key_(crypto::derive_key(ports_.keys.organisation_key(), "links.click_through")),
      hash_(crypto::derive_key(ports_.keys.organisation_key(), "links.sightings")) {}

std::int64_t ClickThrough::hash_of(std::string_view host) const {
  return static_cast<std::int64_t>(hash_(host));
}

std::vector<std::int64_t> ClickThrough::hashes_of(const link_risk::Host& host) const {
  std::vector<std::int64_t> hashes;
  std::string_view domain = host.name;
  for (;;) {
    hashes.push_back(hash_of(domain));
    const std::size_t dot = domain.find('.');
    if (domain == host.registrable || dot == std::string_view::npos) return hashes;
    domain.remove_prefix(dot + 1);
  }
}

std::string ClickThrough::token_of(const link_risk::Link& link, const MessagePlace& place) const {
  const json::Object target{{"u", link.url}, {"r", place.room.view()}, {"s", place.sender.view()}};
  const Bytes sealed =
      crypto::seal(key_, as_bytes(json::serialize(target)), as_bytes(kTokenPlace), ports_.random);
  return crypto::to_base64_url(sealed);
}

json::Object ClickThrough::rewrite(const json::Object& content, const MessagePlace& place) const {
  const KnowledgePtr knowledge = ports_.knowledge.get();
  return link_risk::rewrite_links(*knowledge->hosts, content,
                                  [&](const link_risk::Link& link) -> std::optional<std::string> {
                                    if (link.url.starts_with(prefix_)) return std::nullopt;
                                    const auto verdict = ports_.knowledge.assess(link).verdict;
                                    if (verdict == link_risk::Verdict::Allowed) return std::nullopt;
                                    if (link.url.size() > kUrlOctetsMax)
                                      return prefix_ + std::string(kTooLong);
                                    return prefix_ + token_of(link, place);
                                  });
}

Result<ClickThrough::Target> ClickThrough::read(std::string_view token) const {
  const auto refused = [] { return not_found("This link is not valid."); };
  if (token.size() > kTokenOctetsMax) return refused();
  const auto sealed = crypto::from_base64_url(token);
  if (!sealed) return refused();
  const auto plain = crypto::open(key_, *sealed, as_bytes(kTokenPlace));
  if (!plain) return refused();
  KURAMORI_TRY(object, json::parse_object(as_text(*plain)));
  auto link = link_risk::read_link(*ports_.knowledge.get()->hosts, json::string_or(object, "u", ""));
  if (!link) return refused();
  return Target{.link = *std::move(link),
                .place = {.room = RoomId(json::string_or(object, "r", "")),
                          .sender = UserId(json::string_or(object, "s", ""))}};
}

std::vector<link_risk::Link> ClickThrough::links_in(const json::Object& content) const {
  std::vector<link_risk::Link> links;
  for (link_risk::FoundLink& found :
       link_risk::extract_links(*ports_.knowledge.get()->hosts, content).links) {
    const std::string_view url = found.link.url;
    if (url.starts_with(prefix_)) {
      if (auto target = read(url.substr(prefix_.size()))) {
        links.push_back(std::move(target->link));
        continue;
      }
    }
    links.push_back(std::move(found.link));
  }
  return links;
}

runtime::Task<Result<Visit>> ClickThrough::open(gate::Permit permit, std::string token, Warned warned,
                                                std::stop_token stop) {
  permit.require(gate::Operation::LinkOpen);
  KURAMORI_CO_TRY(target, read(token));
  Visit visit{
      .link = std::move(target.link), .finding = {}, .leads_to = {}, .place = std::move(target.place)};
  visit.finding = ports_.knowledge.assess(visit.link);
  if (visit.finding.verdict == link_risk::Verdict::Shortener) {
    auto resolving = ports_.shortened.resolve(visit.link.url, std::move(stop));
    auto leads_to = co_await std::move(resolving);
    if (leads_to) visit.leads_to = *std::move(leads_to);
    visit.finding = ports_.knowledge.assess(visit.link);
  }
  visit.passage = passage_of(visit.finding.verdict, warned);
  const std::string text = json::serialize(described(visit, permit.subject().user));
  const std::int64_t now = ports_.clock.now_ms();
  const auto nonce = static_cast<std::int64_t>(ports_.random.next_u64() >> 1U);
  storage::UnitOfWork work;
  for (const std::int64_t hash : hashes_of(visit.link.host)) {
    const std::string place = opening_place(hash, now, nonce);
    work.insert(kOpenings,
                {hash, now, nonce, crypto::seal(key_, as_bytes(text), as_bytes(place), ports_.random)});
  }
  json::Object personal{{"host", visit.link.host.name}};
  auto committing =
      ports_.gate.commit(std::move(permit), std::move(work),
                         {.detail = std::string(to_string(visit.passage)), .personal = std::move(personal)});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return visit;
}

runtime::Task<Result<std::vector<Opening>>> ClickThrough::openings(gate::Permit permit, std::string domain,
                                                                   std::size_t limit) {
  permit.require(gate::Operation::AdminLinksRead);
  const auto link = link_risk::read_link(*ports_.knowledge.get()->hosts, domain);
  if (!link) co_return invalid_argument("This is no host, domain or link.");
  // A whole address is compared with what was opened; a host stands for everything below it.
  const std::string wanted = link->path == "/" ? std::string() : link->url;
  const std::int64_t hash = hash_of(link->host.name);
  auto query = [hash, limit, wanted,
                key = key_](storage::Snapshot& snapshot) -> Result<std::vector<Opening>> {
    std::vector<Opening> openings;
    Error problem = internal_error("");
    bool is_sound = true;
    const storage::Scan scan{
        .table = &kOpenings, .prefix = {hash}, .direction = storage::Direction::Backward};
    KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
      auto opening = opening_of(key, row);
      if (!opening) {
        is_sound = false;
        problem = std::move(opening).error();
        return false;
      }
      if (wanted.empty() || opening->url == wanted) openings.push_back(*std::move(opening));
      return openings.size() < limit;
    }));
    if (!is_sound) return problem;
    return openings;
  };
  auto reading = ports_.reader.read(std::move(query));
  KURAMORI_CO_TRY(found, co_await std::move(reading));
  auto recording = ports_.gate.record(std::move(permit), {.detail = link->host.name});
  KURAMORI_CO_CHECK(co_await std::move(recording));
  co_return found;
}

}  // namespace kuramori::links
