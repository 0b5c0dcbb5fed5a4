#include "provenance/marks.hpp"

#include <cstring>

#include "crypto/key_tree.hpp"

namespace kuramori::provenance {
namespace {

constexpr std::string_view kUriScheme = "mxc://";
constexpr std::size_t kUriOctetsMax = 512;
constexpr std::size_t kTextOctetsMax = 65'536;

void add_file(const json::Object* holder, std::string_view key, std::vector<std::string_view>& files) {
  if (holder == nullptr || files.size() >= kFilesMax) return;
  const std::string_view uri = json::string_or(*holder, key, "");
  if (uri.starts_with(kUriScheme) && uri.size() <= kUriOctetsMax) files.push_back(uri);
}

std::string_view answered_event(const json::Object& content) {
  const json::Object* relation = json::object_at(content, "m.relates_to");
  const json::Object* answer = relation == nullptr ? nullptr : json::object_at(*relation, "m.in_reply_to");
  return answer == nullptr ? std::string_view{} : json::string_or(*answer, "event_id", "");
}

// Clients before Matrix 1.13 began an answer with what it answers, each line after "> ".
std::string_view without_quotation(std::string_view body) {
  while (body.starts_with("> ")) {
    const auto end = body.find('\n');
    if (end == std::string_view::npos) return {};
    body.remove_prefix(end + 1);
  }
  return body;
}

std::size_t blank_octets(std::string_view text) {
  constexpr std::string_view kIdeographicSpace = "\xE3\x80\x80";
  if (text.starts_with(kIdeographicSpace)) return kIdeographicSpace.size();
  return std::string_view(" \t\r\n").contains(text.front()) ? 1 : 0;
}

bool is_words(const json::Object& content) {
  const std::string_view type = json::string_or(content, "msgtype", "");
  return type == "m.text" || type == "m.notice" || type == "m.emote";
}

}  // namespace

// client-server API, module "instant messaging": a file, an encrypted file, and the thumbnails of either.
std::vector<std::string_view> files_named_in(const json::Object& content) {
  std::vector<std::string_view> files;
  add_file(&content, "url", files);
  add_file(json::object_at(content, "file"), "url", files);
  if (const json::Object* info = json::object_at(content, "info")) {
    add_file(info, "thumbnail_url", files);
    add_file(json::object_at(*info, "thumbnail_file"), "url", files);
  }
  return files;
}

std::size_t MarkHash::operator()(const Mark& mark) const {
  std::size_t hash = 0;  // a keyed hash already
  std::memcpy(&hash, mark.data(), sizeof hash);
  return hash;
}

MarkKey::MarkKey(const crypto::SecretKey& organisation_key)
    : files_(crypto::derive_key(organisation_key, "marks of files")),
      texts_(crypto::derive_key(organisation_key, "marks of texts")),
      events_(crypto::derive_key(organisation_key, "marks of events")) {}

std::string words_of(const json::Object& content) {
  const json::Object* edited = json::object_at(content, "m.new_content");
  const json::Object& said = edited != nullptr ? *edited : content;
  if (!is_words(said)) return {};
  std::string_view body = json::string_or(said, "body", "");
  if (!answered_event(content).empty()) body = without_quotation(body);
  std::string words;
  bool after_blank = false;
  while (!body.empty() && words.size() < kTextOctetsMax) {
    if (const std::size_t blank = blank_octets(body); blank > 0) {
      after_blank = !words.empty();
      body.remove_prefix(blank);
      continue;
    }
    if (after_blank) words.push_back(' ');
    after_blank = false;
    words.push_back(body.front());
    body.remove_prefix(1);
  }
  return words;
}

Marks marks_of(const json::Object& content, const MarkKey& key) {
  Marks marks;
  for (const std::string_view uri : files_named_in(content)) marks.files.push_back(key.of_file(uri));
  // Most messages are too short: nothing is copied of them.
  if (json::string_or(content, "body", "").size() >= kTextOctetsMin) {
    const std::string words = words_of(content);
    if (words.size() >= kTextOctetsMin) marks.text = key.of_text(words);
  }
  if (const std::string_view event = answered_event(content); !event.empty())
    marks.answered = key.of_event(event);
  return marks;
}

}  // namespace kuramori::provenance
