// The host of a link in one form: small letters, punycode (RFC 3492, UTS 46), addresses in their usual
// notation.
//
//   const HostReader hosts(PublicSuffixes::built_in());
//   auto host = hosts.read("WWW.Bücher。example");   // name "www.xn--bcher-kva.example"
//
// Immutable and thread-safe.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "link_risk/public_suffixes.hpp"

namespace kuramori::link_risk {

enum class HostKind : std::uint8_t { Name, Address };

struct Host {
  std::string name;         // ASCII
  std::string unicode;      // as a reader sees it
  std::string registrable;  // what somebody registered; `name` itself for addresses and public suffixes
  HostKind kind = HostKind::Name;
  bool is_unusual_address = false;  // decimal, octal, hexadecimal
  bool has_known_suffix = false;
  bool is_punycode = false;  // some label is not ASCII
};

class HostReader {
 public:
  static constexpr std::size_t kOctetsMax = 1024;

  explicit HostReader(PublicSuffixes suffixes);
  ~HostReader();
  HostReader(HostReader&&) noexcept;
  HostReader& operator=(HostReader&&) noexcept;

  // Nothing for what no browser takes for a host. `written` has no user information and no port.
  std::optional<Host> read(std::string_view written) const;
  const PublicSuffixes& suffixes() const { return suffixes_; }

 private:
  struct Mapping;
  PublicSuffixes suffixes_;
  std::unique_ptr<const Mapping> mapping_;
};

}  // namespace kuramori::link_risk
