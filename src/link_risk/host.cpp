#include "link_risk/host.hpp"

#include <unicode/uidna.h>

#include <array>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "governance/characters.hpp"
#include "governance/confusables.hpp"
#include "link_risk/address_literal.hpp"
#include "link_risk/text_characters.hpp"

namespace kuramori::link_risk {
namespace {

constexpr std::size_t kNameOctetsMax = 253;  // RFC 1035 section 2.3.4
constexpr std::size_t kMappedMax = 4 * HostReader::kOctetsMax;

bool is_ordinary(std::string_view name) {
  for (const char c : name) {
    if (!governance::is_digit(c) && !governance::is_lower(c) && c != '-' && c != '.' && c != '_')
      return false;
  }
  return name.find("xn--") == std::string_view::npos;
}

bool is_host_text(std::string_view name) {
  if (name.empty() || name.size() > kNameOctetsMax) return false;
  bool is_label_empty = true;
  for (const char c : name) {
    if (c == '.') {
      if (is_label_empty) return false;
      is_label_empty = true;
      continue;
    }
    if (!governance::is_alphanumeric(c) && c != '-' && c != '_') return false;
    is_label_empty = false;
  }
  return !is_label_empty;
}

// What is drawn as nothing is no part of a name: browsers drop it.
std::string without_invisible(std::string_view written) {
  std::string visible;
  visible.reserve(written.size());
  for (std::size_t at = 0; at < written.size();) {
    const auto c = detail::character_at(written, at);
    if (!governance::is_invisible(c.code_point)) visible.append(written.substr(at, c.length));
    at += c.length;
  }
  return visible;
}

}  // namespace

struct HostReader::Mapping {
  struct Close {
    void operator()(UIDNA* mapping) const { uidna_close(mapping); }
  };
  std::unique_ptr<UIDNA, Close> idna;

  Mapping() {
    UErrorCode status = U_ZERO_ERROR;
    idna.reset(uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE, &status));
    ensure(U_SUCCESS(status) != 0, "ICU has its data");
  }

  using Convert = std::int32_t (*)(const UIDNA*, const char*, std::int32_t, char*, std::int32_t, UIDNAInfo*,
                                   UErrorCode*);
  // Mistakes of single labels (an unassigned character, a hyphen at its end) are let through: resolvers
  // differ.
  std::optional<std::string> convert(Convert function, std::string_view name) const {
    std::array<char, kMappedMax> out{};
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t length = function(idna.get(), name.data(), static_cast<std::int32_t>(name.size()),
                                         out.data(), static_cast<std::int32_t>(out.size()), &info, &status);
    if (U_FAILURE(status) != 0 || length <= 0 || static_cast<std::size_t>(length) > out.size())
      return std::nullopt;
    return std::string(out.data(), static_cast<std::size_t>(length));
  }
};

HostReader::HostReader(PublicSuffixes suffixes)
    : suffixes_(std::move(suffixes)), mapping_(std::make_unique<const Mapping>()) {}
HostReader::~HostReader() = default;
HostReader::HostReader(HostReader&&) noexcept = default;
HostReader& HostReader::operator=(HostReader&&) noexcept = default;

std::optional<Host> HostReader::read(std::string_view written) const {
  if (written.empty() || written.size() > kOctetsMax) return std::nullopt;
  Host host;
  if (written.starts_with('[')) {
    const auto reading = read_address(written);
    if (!reading.address) return std::nullopt;
    host.name = reading.address->text;
  } else {
    std::string name = text::to_lower_ascii(written);
    host.unicode = name;
    if (!is_ordinary(name)) {
      auto ascii = mapping_->convert(&uidna_nameToASCII_UTF8, without_invisible(name));
      if (!ascii) return std::nullopt;
      name = text::to_lower_ascii(*ascii);
      auto unicode = mapping_->convert(&uidna_nameToUnicodeUTF8, name);
      host.unicode = unicode ? *std::move(unicode) : name;
    }
    if (name.ends_with('.')) name.pop_back();
    if (host.unicode.ends_with('.')) host.unicode.pop_back();
    if (!is_host_text(name)) return std::nullopt;
    const auto reading = read_address(name);
    if (reading.is_invalid) return std::nullopt;
    if (reading.address) {
      host.name = reading.address->text;
      host.is_unusual_address = reading.address->is_unusual;
    } else {
      host.has_known_suffix = suffixes_.has_known_suffix(name);
      host.is_punycode = name.starts_with("xn--") || name.find(".xn--") != std::string::npos;
      host.registrable = suffixes_.registrable_domain(name);
      if (host.registrable.empty()) host.registrable = name;
      host.name = std::move(name);
      return host;
    }
  }
  host.kind = HostKind::Address;
  host.unicode = host.name;
  host.registrable = host.name;
  return host;
}

}  // namespace kuramori::link_risk
