#include "worm_brake/fingerprints.hpp"

#include <algorithm>

#include "governance/characters.hpp"
#include "governance/normalise.hpp"

namespace kuramori::worm_brake {
namespace {

class Gathering {
 public:
  explicit Gathering(const crypto::ShortHash& hash) : hash_(hash) {}

  void add(Kind kind, std::string_view text) {
    const Fingerprint made{.kind = kind, .hash = static_cast<std::int64_t>(hash_(text))};
    if (found_.size() >= kFingerprintsMax || std::ranges::find(found_, made) != found_.end()) return;
    found_.push_back(made);
  }
  std::vector<Fingerprint> result() && { return std::move(found_); }

 private:
  const crypto::ShortHash& hash_;
  std::vector<Fingerprint> found_;
};

// Letters and digits of the normalised text, small: blanks, signs and numbers that a program changes from
// message to message do not make it another.
std::string essence_of(std::string_view body) {
  std::string essence;
  for (const char c : governance::normalised(body)) {
    const bool is_other = static_cast<unsigned char>(c) >= 0x80;
    if (governance::is_letter(c) || is_other) essence.push_back(governance::lower(c));
  }
  return essence;
}

std::string_view file_of(const json::Object& content) {
  const std::string_view url = json::string_or(content, "url", "");
  if (url.starts_with("mxc://")) return url;
  const json::Object* file = json::object_at(content, "file");
  return file == nullptr ? std::string_view() : json::string_or(*file, "url", "");
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::Link:
      return "link";
    case Kind::File:
      return "file";
    case Kind::Text:
      break;
  }
  return "text";
}

std::vector<Fingerprint> fingerprints_of(const json::Object& content, const crypto::ShortHash& hash,
                                         const LinksIn& links_in) {
  Gathering gathering(hash);
  if (content.contains("ciphertext")) return {};
  for (const link_risk::Link& link : links_in(content)) gathering.add(Kind::Link, "link " + link.url);
  if (const auto file = file_of(content); !file.empty())
    gathering.add(Kind::File, "file " + std::string(file));
  const std::string_view body = json::string_or(content, "body", "");
  // The body of a file is its name.
  if (body.size() >= kTextCharactersMin && file_of(content).empty()) {
    const std::string essence = essence_of(body);
    if (governance::characters_in(essence) >= kTextCharactersMin)
      gathering.add(Kind::Text, "text " + essence);
  }
  return std::move(gathering).result();
}

}  // namespace kuramori::worm_brake
