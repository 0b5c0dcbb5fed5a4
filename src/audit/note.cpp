#include "audit/note.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "crypto/hash.hpp"

namespace kuramori::audit {
namespace {

constexpr std::string_view kSignatureStart = "\xE2\x80\x94 ";  // em dash, space
constexpr std::uint8_t kEd25519Type = 0x01;
constexpr std::size_t kKeyIdBytes = 4;

Error not_a_note(std::string_view why) {
  return invalid_argument("This is not a signed note: " + std::string(why) + ".");
}

// The Unicode spaces in UTF-8 (White_Space above ASCII), besides control characters and the space itself.
bool has_space(std::string_view text) {
  static constexpr std::array<std::string_view, 20> kSpaces = {
      "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
      "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
      "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
      "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", " "};
  return std::ranges::any_of(kSpaces,
                             [text](auto space) { return text.find(space) != std::string_view::npos; }) ||
         std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

bool is_key_name(std::string_view name) {
  return !name.empty() && name.find('+') == std::string_view::npos && !has_space(name) &&
         text::is_valid_utf8(name);
}

// Standard alphabet, padded, nothing left in the unused bits.
std::optional<Bytes> strict_base64(std::string_view text) {
  auto bytes = crypto::from_base64(text);
  if (!bytes || crypto::to_base64_padded(*bytes) != text) return std::nullopt;
  return bytes;
}

std::uint32_t big_endian(ByteView four) {
  std::uint32_t value = 0;
  for (const std::uint8_t octet : four.first(kKeyIdBytes)) value = value << 8 | octet;
  return value;
}

Bytes key_id_bytes(std::uint32_t id) {
  return {static_cast<std::uint8_t>(id >> 24), static_cast<std::uint8_t>(id >> 16 & 0xFF),
          static_cast<std::uint8_t>(id >> 8 & 0xFF), static_cast<std::uint8_t>(id & 0xFF)};
}

Result<Note::Signature> parse_signature(std::string_view line) {
  if (!line.starts_with(kSignatureStart))
    return not_a_note("a signature line does not begin with an em dash");
  line.remove_prefix(kSignatureStart.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return not_a_note("a signature line has no key name");
  Note::Signature signature;
  signature.name = line.substr(0, space);
  if (!is_key_name(signature.name)) return not_a_note("a key name is malformed");
  const auto bytes = strict_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kKeyIdBytes) return not_a_note("a signature is not base64");
  signature.key_id = big_endian(*bytes);
  signature.signature.assign(bytes->begin() + kKeyIdBytes, bytes->end());
  return signature;
}

}  // namespace

std::uint32_t NoteKey::id() const {
  static constexpr std::uint8_t kSeparator[] = {0x0A, kEd25519Type};
  return big_endian(crypto::sha256({as_bytes(name), ByteView(kSeparator), ByteView(key)}));
}

std::string NoteKey::to_string() const {
  Bytes typed{kEd25519Type};
  typed.insert(typed.end(), key.begin(), key.end());
  return name + "+" + text::to_hex(key_id_bytes(id())) + "+" + crypto::to_base64_padded(typed);
}

Result<NoteKey> NoteKey::parse(std::string_view text) {
  const Error malformed =
      invalid_argument("A verification key has the form <name>+<8 hexadecimal digits>+<base64>.");
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return malformed;
  NoteKey parsed;
  parsed.name = text.substr(0, first);
  const auto bytes = strict_base64(text.substr(second + 1));
  if (!is_key_name(parsed.name) || !bytes || bytes->size() != 33 || bytes->front() != kEd25519Type)
    return malformed;
  std::copy(bytes->begin() + 1, bytes->end(), parsed.key.begin());
  if (text.substr(first + 1, second - first - 1) != text::to_hex(key_id_bytes(parsed.id()))) return malformed;
  return parsed;
}

NoteSigner::NoteSigner(std::string name, const crypto::SigningKey& signing)
    : public_key_{std::move(name), signing.public_key()}, signing_(signing) {
  ensure(is_key_name(public_key_.name), "the name of a note's key is malformed");
}

std::string NoteSigner::sign(std::string_view text) const {
  ensure(!text.empty() && text.back() == '\n', "the text of a note ends with a newline");
  const crypto::Ed25519Signature signature = signing_.sign(as_bytes(text));
  Bytes bytes = key_id_bytes(public_key_.id());
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  std::string note(text);
  note += '\n';
  note += kSignatureStart;
  note += public_key_.name;
  note += ' ';
  note += crypto::to_base64_padded(bytes);
  note += '\n';
  return note;
}

Result<Note> parse_note(std::string_view note) {
  if (note.size() > kNoteBytesMax) return not_a_note("it is too long");
  if (!text::is_valid_utf8(note)) return not_a_note("it is not UTF-8");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
  if (std::ranges::any_of(note, is_control)) return not_a_note("it holds a control character");
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return not_a_note("there is no blank line before signatures");
  Note parsed;
  parsed.text = note.substr(0, blank + 1);
  std::string_view rest = note.substr(blank + 2);
  if (rest.empty() || rest.back() != '\n') return not_a_note("it does not end with a signature line");
  rest.remove_suffix(1);
  for (const std::string_view line : text::split(rest, '\n')) {
    if (parsed.signatures.size() == kNoteSignaturesMax) return not_a_note("it has too many signatures");
    KURAMORI_TRY(signature, parse_signature(line));
    parsed.signatures.push_back(std::move(signature));
  }
  return parsed;
}

Result<void> verify_note(const Note& note, const NoteKey& key) {
  const std::uint32_t id = key.id();
  bool verified = false;
  for (const Note::Signature& signature : note.signatures) {
    if (signature.name != key.name || signature.key_id != id) continue;
    crypto::Ed25519Signature raw;
    if (signature.signature.size() != raw.size())
      return forbidden("The note's signature has a wrong length.");
    std::copy(signature.signature.begin(), signature.signature.end(), raw.begin());
    if (!crypto::verify(key.key, as_bytes(note.text), raw))
      return forbidden("The note's signature is wrong.");
    verified = true;
  }
  if (!verified) return forbidden("The note is not signed by " + key.name + ".");
  return {};
}

}  // namespace kuramori::audit
