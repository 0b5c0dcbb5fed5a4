// Hosts that pose as a name that the organisation protects.
//
//   LookAlikes names(hosts, {"example.com", "harbour-bank.example"});
//   auto pose = names.judge(host);   // "examp1e.com" → {.kind = Confusable, .name = "example.com"}
//
// Immutable and thread-safe. A name costs some hundred octets; a judgement compares with each of them.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "link_risk/host.hpp"

namespace kuramori::link_risk {

enum class PoseKind : std::uint8_t {
  Confusable,    // drawn alike (Unicode Technical Standard 39)
  Misspelt,      // one or two letters differ
  OtherSuffix,   // the same name under another suffix
  NameInside,    // the name within another domain: "example.com.evil.net", "example-login.net"
  MixedScripts,  // letters of scripts that no language mixes
};

struct Pose {
  PoseKind kind;
  std::string name;  // the protected name; empty for MixedScripts
};

class LookAlikes {
 public:
  static constexpr std::size_t kNamesMax = 10'000;
  // Shorter words are found inside of others by chance.
  static constexpr std::size_t kWordMin = 5;

  // Names that are no hosts are left out.
  LookAlikes(const HostReader& hosts, std::span<const std::string> names);
  ~LookAlikes();
  LookAlikes(LookAlikes&&) noexcept;
  LookAlikes& operator=(LookAlikes&&) noexcept;

  // Nothing for the protected names themselves and what lies below them.
  std::optional<Pose> judge(const Host& host) const;
  bool is_protected(const Host& host) const;
  std::size_t size() const { return names_.size(); }

 private:
  struct Name {
    std::string registrable;
    std::string word;      // its first label, in Unicode
    std::string skeleton;  // of the word
  };
  struct Checker;

  std::optional<Pose> judge_word(std::string_view word) const;
  std::optional<Pose> judge_inside(const Host& host, std::string_view own_word) const;

  std::vector<Name> names_;
  std::unique_ptr<const Checker> checker_;
};

// Insertions, deletions, substitutions and exchanges of neighbours (optimal string alignment), in characters;
// `most` + 1 when there are more.
std::size_t edit_distance(std::u32string_view one, std::u32string_view other, std::size_t most);

}  // namespace kuramori::link_risk
