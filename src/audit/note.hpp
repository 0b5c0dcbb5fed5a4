// Signed notes (C2SP signed-note): a text, a blank line, and signature lines. Ed25519 alone.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/signing.hpp"

namespace kuramori::audit {

// The public half, as verifiers are told it: `<name>+<hex key id>+<base64 of 0x01 and the key>`.
struct NoteKey {
  std::string name;
  crypto::Ed25519PublicKey key{};

  std::uint32_t id() const;  // SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key), the first four octets, big-endian
  std::string to_string() const;
  static Result<NoteKey> parse(std::string_view text);
  friend bool operator==(const NoteKey&, const NoteKey&) = default;
};

// `signing` outlives it.
class NoteSigner {
 public:
  NoteSigner(std::string name, const crypto::SigningKey& signing);
  const NoteKey& public_key() const { return public_key_; }
  // `text` ends with a newline and holds no other control characters. The whole note is returned.
  std::string sign(std::string_view text) const;

 private:
  NoteKey public_key_;
  const crypto::SigningKey& signing_;
};

constexpr std::size_t kNoteBytesMax = 262'144;
constexpr std::size_t kNoteSignaturesMax = 64;

struct Note {
  struct Signature {
    std::string name;
    std::uint32_t key_id = 0;
    Bytes signature;
  };
  std::string text;  // with its last newline
  std::vector<Signature> signatures;
};

// InvalidArgument when it is not a note. Proves nothing by itself.
Result<Note> parse_note(std::string_view note);
// Forbidden when there is no signature by `key`, or one of them is wrong. Signatures by others are ignored.
Result<void> verify_note(const Note& note, const NoteKey& key);

}  // namespace kuramori::audit
