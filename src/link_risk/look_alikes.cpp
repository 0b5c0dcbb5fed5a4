#include "link_risk/look_alikes.hpp"

#include <unicode/uspoof.h>

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "link_risk/text_characters.hpp"

namespace kuramori::link_risk {
namespace {

constexpr std::size_t kLabelOctetsMax = 256;

std::u32string characters_of(std::string_view text) {
  std::u32string characters;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = detail::character_at(text, at);
    characters.push_back(c.code_point);
    at += c.length;
  }
  return characters;
}

// How many letters may differ so that a reader still takes one for the other.
std::size_t distance_allowed(std::size_t characters) {
  if (characters < LookAlikes::kWordMin) return 0;
  return characters < 9 ? 1 : 2;
}

bool is_misspelt(std::string_view word, std::string_view name) {
  const std::u32string one = characters_of(word);
  const std::u32string other = characters_of(name);
  const std::size_t most = distance_allowed(std::min(one.size(), other.size()));
  return most > 0 && edit_distance(one, other, most) <= most;
}

// Pairs that the standard leaves apart and that are read alike in a hurry.
std::string folded(std::string skeleton) {
  struct Pair {
    std::string_view written;
    std::string_view read;
  };
  constexpr auto kPairs =
      std::to_array<Pair>({{"vv", "w"}, {"cl", "d"}, {"0", "o"}, {"1", "l"}, {"5", "s"}, {"3", "e"}});
  for (const auto& [written, read] : kPairs) {
    for (std::size_t at = skeleton.find(written); at != std::string::npos;
         at = skeleton.find(written, at + read.size())) {
      skeleton.replace(at, written.size(), read);
    }
  }
  return skeleton;
}

std::string_view first_label(std::string_view host) {
  return host.substr(0, host.find('.'));
}

// "example.co.uk" of "www.example.co.uk", in Unicode: as many labels from the end.
std::string_view same_labels(std::string_view unicode, std::string_view registrable) {
  auto dots = std::ranges::count(registrable, '.');
  std::size_t at = unicode.size();
  while (at > 0) {
    const std::size_t dot = unicode.rfind('.', at - 1);
    if (dot == std::string_view::npos) return unicode;
    if (dots-- == 0) return unicode.substr(dot + 1);
    at = dot;
  }
  return unicode;
}

}  // namespace

struct LookAlikes::Checker {
  struct Close {
    void operator()(USpoofChecker* checker) const { uspoof_close(checker); }
  };
  std::unique_ptr<USpoofChecker, Close> spoof;

  Checker() {
    UErrorCode status = U_ZERO_ERROR;
    spoof.reset(uspoof_open(&status));
    ensure(U_SUCCESS(status) != 0, "ICU has its data");
    uspoof_setChecks(spoof.get(), USPOOF_RESTRICTION_LEVEL, &status);
    uspoof_setRestrictionLevel(spoof.get(), USPOOF_HIGHLY_RESTRICTIVE);
    ensure(U_SUCCESS(status) != 0, "ICU knows the restriction levels");
  }

  std::string skeleton(std::string_view label) const {
    if (label.size() > kLabelOctetsMax) label = label.substr(0, kLabelOctetsMax);
    std::array<char, 8 * kLabelOctetsMax> out{};
    UErrorCode status = U_ZERO_ERROR;
    const auto length =
        uspoof_getSkeletonUTF8(spoof.get(), 0, label.data(), static_cast<std::int32_t>(label.size()),
                               out.data(), static_cast<std::int32_t>(out.size()), &status);
    if (U_FAILURE(status) != 0) return std::string(label);
    // The skeleton of a digit is a capital letter: compared without case.
    return folded(text::to_lower_ascii({out.data(), static_cast<std::size_t>(length)}));
  }

  bool mixes_scripts(std::string_view label) const {
    UErrorCode status = U_ZERO_ERROR;
    const auto failed = uspoof_check2UTF8(spoof.get(), label.data(), static_cast<std::int32_t>(label.size()),
                                          nullptr, &status);
    return U_SUCCESS(status) != 0 && (failed & USPOOF_RESTRICTION_LEVEL) != 0;
  }
};

LookAlikes::LookAlikes(const HostReader& hosts, std::span<const std::string> names)
    : checker_(std::make_unique<const Checker>()) {
  for (const std::string& written : names.first(std::min(names.size(), kNamesMax))) {
    const auto host = hosts.read(written);
    if (!host || host->kind == HostKind::Address) continue;
    std::string word(first_label(same_labels(host->unicode, host->registrable)));
    std::string skeleton = checker_->skeleton(word);
    names_.push_back(
        {.registrable = host->registrable, .word = std::move(word), .skeleton = std::move(skeleton)});
  }
}
LookAlikes::~LookAlikes() = default;
LookAlikes::LookAlikes(LookAlikes&&) noexcept = default;
LookAlikes& LookAlikes::operator=(LookAlikes&&) noexcept = default;

bool LookAlikes::is_protected(const Host& host) const {
  return std::ranges::any_of(names_,
                             [&host](const Name& name) { return name.registrable == host.registrable; });
}

std::optional<Pose> LookAlikes::judge_word(std::string_view word) const {
  const std::string skeleton = checker_->skeleton(word);
  for (const Name& name : names_) {
    if (name.word == word) {
      if (characters_of(word).size() < kWordMin) continue;
      return Pose{.kind = PoseKind::OtherSuffix, .name = name.registrable};
    }
    if (name.skeleton == skeleton) return Pose{.kind = PoseKind::Confusable, .name = name.registrable};
  }
  // As it is written, and as it is drawn: a skeleton has two letters where "m" was, so neighbours that were
  // exchanged are told by the word alone.
  for (const Name& name : names_) {
    if (is_misspelt(word, name.word) || is_misspelt(skeleton, name.skeleton)) {
      return Pose{.kind = PoseKind::Misspelt, .name = name.registrable};
    }
  }
  return std::nullopt;
}

std::optional<Pose> LookAlikes::judge_inside(const Host& host, std::string_view own_word) const {
  const std::string padded = "." + host.name + ".";
  // What stands before what was registered, and the parts of the registered word itself.
  std::vector<std::string> parts;
  const std::string_view registered = same_labels(host.unicode, host.registrable);
  const std::string_view below =
      std::string_view(host.unicode).substr(0, host.unicode.size() - registered.size());
  for (const auto label : text::split(below, '.')) {
    for (const auto part : text::split(label, '-')) parts.push_back(checker_->skeleton(part));
    if (label.contains('-')) parts.push_back(checker_->skeleton(label));
  }
  if (own_word.contains('-')) {
    for (const auto part : text::split(own_word, '-')) parts.push_back(checker_->skeleton(part));
  }
  for (const Name& name : names_) {
    if (padded.contains("." + name.registrable + "."))
      return Pose{.kind = PoseKind::NameInside, .name = name.registrable};
    if (characters_of(name.word).size() < kWordMin) continue;
    const bool is_part = std::ranges::find(parts, name.skeleton) != parts.end();
    // "example-bank" within "my-example-bank-login".
    const bool is_run = name.word.contains('-') && own_word.contains(name.word);
    if (is_part || is_run) return Pose{.kind = PoseKind::NameInside, .name = name.registrable};
  }
  return std::nullopt;
}

std::optional<Pose> LookAlikes::judge(const Host& host) const {
  if (host.kind == HostKind::Address || is_protected(host)) return std::nullopt;
  const std::string_view word = first_label(same_labels(host.unicode, host.registrable));
  if (!names_.empty()) {
    if (auto pose = judge_word(word)) return pose;
    if (auto pose = judge_inside(host, word)) return pose;
  }
  if (host.is_punycode) {
    for (const auto label : text::split(host.unicode, '.')) {
      if (checker_->mixes_scripts(label)) return Pose{.kind = PoseKind::MixedScripts, .name = {}};
    }
  }
  return std::nullopt;
}

std::size_t edit_distance(std::u32string_view one, std::u32string_view other, std::size_t most) {
  const std::size_t longer = std::max(one.size(), other.size());
  if (longer - std::min(one.size(), other.size()) > most) return most + 1;
  std::vector<std::size_t> before_last(other.size() + 1);
  std::vector<std::size_t> last(other.size() + 1);
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t j = 0; j <= other.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    row[0] = i;
    std::size_t least = row[0];
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const std::size_t differs = one[i - 1] == other[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + differs});
      const bool exchanged = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
      if (exchanged) row[j] = std::min(row[j], before_last[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (least > most) return most + 1;
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return std::min(last[other.size()], most + 1);
}

}  // namespace kuramori::link_risk
