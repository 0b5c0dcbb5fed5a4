#include "audit/entry_format.hpp"

#include <charconv>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "crypto/base64.hpp"

namespace kuramori::audit {
namespace {

// In octets. Escaping makes at most six of one: all together stay far below kEntryBytesMax except in hostile
// cases, which `encode_entry` builds again with kTight.
struct FieldLimits {
  std::size_t name;  // operation, outcome, rule, device, session, address
  std::size_t resource;
  std::size_t detail;
  std::size_t personal;  // the object, encoded
};
constexpr FieldLimits kNormal{.name = 512, .resource = 2048, .detail = 8192, .personal = 16'384};
constexpr FieldLimits kTight{.name = 255, .resource = 512, .detail = 1024, .personal = 2048};

// A prefix of valid UTF-8; other octets than ASCII become '?' when they are none.
class CleanText {
 public:
  CleanText(std::string_view text, std::size_t bytes_max) : view_(text) {
    if (view_.size() > bytes_max) {
      std::size_t end = bytes_max;
      while (end > 0 && (static_cast<unsigned char>(view_[end]) & 0xC0) == 0x80) --end;
      view_ = view_.substr(0, end);
    }
    if (text::is_valid_utf8(view_)) return;
    replaced_ = view_;
    for (char& c : replaced_) {
      if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    }
    view_ = replaced_;
  }
  std::string_view view() const { return view_; }

 private:
  std::string_view view_;
  std::string replaced_;
};

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_member(std::string& out, std::string_view key, std::string_view value, std::size_t bytes_max) {
  out += out.back() == '{' ? "\"" : ",\"";
  out += key;
  out += "\":";
  json::append_string(out, CleanText(value, bytes_max).view());
}

// What names a person (a user, an alias, a device) stays out of the public part.
bool is_personal(std::string_view token) {
  return token.find_first_of("@#") != std::string_view::npos || token.starts_with("user:") ||
         token.starts_with("device:") || token.starts_with("name:");
}

// Space-separated tokens; of a personal one only its kind remains: "room:!a user:@bob:b" → "room:!a user".
std::string public_part(std::string_view text) {
  std::string out;
  for (const std::string_view token : text::split(text, ' ')) {
    if (!out.empty()) out += ' ';
    if (!is_personal(token)) {
      out += token;
    } else if (const auto colon = token.find(':'); colon != std::string_view::npos) {
      const std::string_view kind = token.substr(0, colon);
      if (!is_personal(kind)) out += kind;
    }
  }
  return out;
}

std::string_view or_public(std::string_view text, bool personal, std::string& storage) {
  if (!personal) return text;
  storage = public_part(text);
  return storage;
}

std::string personal_json(const json::Object& personal, std::size_t bytes_max) {
  if (!json::check_canonical(personal)) return R"({"omitted":"not canonical"})";
  std::string encoded = json::canonical(personal);
  return encoded.size() > bytes_max ? R"({"omitted":"too long"})" : encoded;
}

struct PersonalFields {
  bool resource;
  bool detail;
};

// Canonical JSON: the keys are in code-point order.
std::string sealed_plaintext(const Entry& entry, PersonalFields fields, const FieldLimits& limits) {
  std::string out;
  out.reserve(320);
  out += '{';
  const Who& who = entry.who;
  if (!who.address.empty()) append_member(out, "address", who.address, limits.name);
  if (fields.detail) append_member(out, "detail", entry.detail, limits.detail);
  if (!who.device.empty()) append_member(out, "device", who.device.view(), limits.name);
  if (!entry.personal.empty()) {
    out += out.back() == '{' ? "\"personal\":" : ",\"personal\":";
    out += personal_json(entry.personal, limits.personal);
  }
  if (fields.resource) append_member(out, "resource", entry.resource, limits.resource);
  if (!who.session.empty()) append_member(out, "session", who.session.view(), limits.name);
  if (!who.user.empty()) append_member(out, "user", who.user.view(), limits.name);
  if (!who.user_agent.empty()) append_member(out, "user_agent", who.user_agent, limits.name);
  out += '}';
  return out;
}

std::string encode(const Entry& entry, const crypto::SecretKey& sealing, std::string_view subject,
                   const FieldLimits& limits, Random& random) {
  const PersonalFields fields{
      is_personal(entry.resource) || entry.resource.find(" user:") != std::string::npos,
      is_personal(entry.detail)};
  std::string resource_storage;
  std::string detail_storage;
  std::string out;
  out.reserve(1024);
  out += '{';
  append_member(out, "detail", or_public(entry.detail, fields.detail, detail_storage), limits.detail);
  append_member(out, "kind", to_string(entry.kind), limits.name);
  append_member(out, "operation", entry.operation, limits.name);
  append_member(out, "outcome", entry.outcome, limits.name);
  out += ",\"policy_version\":";
  append_integer(out, entry.policy_version);
  append_member(out, "resource", or_public(entry.resource, fields.resource, resource_storage),
                limits.resource);
  append_member(out, "rule", entry.rule, limits.name);
  const std::size_t sealed_at = out.size();
  append_member(out, "subject", subject, limits.name);
  out += ",\"time\":";
  append_integer(out, to_unix_ms(entry.time));
  out += ",\"version\":";
  append_integer(out, kEntryFormatVersion);
  out += '}';

  const std::string plaintext = sealed_plaintext(entry, fields, limits);
  if (plaintext == "{}") return out;
  const Bytes sealed = crypto::seal(sealing, as_bytes(plaintext), as_bytes(out), random);
  std::string member = ",\"sealed\":\"";
  member += crypto::to_base64(sealed);
  member += '"';
  out.insert(sealed_at, member);
  return out;
}

Error not_an_entry() {
  return corrupt("the octets are not an entry of the record in canonical form");
}

}  // namespace

std::string encode_entry(const Entry& entry, const crypto::SecretKey& sealing, std::string_view subject,
                         Random& random) {
  std::string encoded = encode(entry, sealing, subject, kNormal, random);
  if (encoded.size() > kEntryBytesMax) [[unlikely]]
    encoded = encode(entry, sealing, subject, kTight, random);
  ensure(encoded.size() <= kEntryBytesMax, "an entry of the record is over its limit");
  return encoded;
}

Result<StoredEntry> parse_entry(ByteView bytes) {
  if (bytes.size() > kEntryBytesMax) return not_an_entry();
  Result<json::Object> parsed =
      json::parse_object(as_text(bytes), {.bytes_max = kEntryBytesMax, .depth_max = 2});
  if (!parsed || !json::check_canonical(*parsed) || json::canonical(*parsed) != as_text(bytes))
    return not_an_entry();
  json::Object& object = *parsed;

  StoredEntry entry;
  const auto kind = parse_entry_kind(json::string_or(object, "kind", ""));
  const std::int64_t time_ms = json::integer_or(object, "time", -1);
  if (json::integer_or(object, "version", 0) != kEntryFormatVersion || !kind || time_ms < 0)
    return not_an_entry();
  entry.kind = *kind;
  entry.time = from_unix_ms(time_ms);
  entry.policy_version = json::integer_or(object, "policy_version", 0);
  for (const auto& [key, field] : {std::pair{"operation", &entry.operation},
                                   {"resource", &entry.resource},
                                   {"detail", &entry.detail},
                                   {"outcome", &entry.outcome},
                                   {"rule", &entry.rule},
                                   {"subject", &entry.subject}}) {
    Result<std::string> value = json::required_string(object, key);
    if (!value) return not_an_entry();
    *field = *std::move(value);
  }
  if (json::find(object, "sealed") != nullptr) {
    auto sealed = crypto::from_base64(json::string_or(object, "sealed", ""));
    if (!sealed || sealed->size() < crypto::kSealOverheadBytes) return not_an_entry();
    entry.sealed = *std::move(sealed);
    object.erase("sealed");
  }
  entry.public_json = json::canonical(object);
  return entry;
}

Result<json::Object> open_personal(const StoredEntry& entry, const crypto::SecretKey& sealing) {
  if (entry.sealed.empty()) return json::Object();
  KURAMORI_TRY(plaintext, crypto::open(sealing, entry.sealed, as_bytes(entry.public_json)));
  return json::parse_object(as_text(plaintext), {.bytes_max = kEntryBytesMax});
}

}  // namespace kuramori::audit
