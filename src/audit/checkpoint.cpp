#include "audit/checkpoint.hpp"

#include "base/text.hpp"
#include "crypto/base64.hpp"

namespace kuramori::audit {
namespace {

Error not_a_checkpoint(std::string_view why) {
  return invalid_argument("This is not a checkpoint: " + std::string(why) + ".");
}

}  // namespace

std::string origin_of(const ServerName& server) {
  return server.str() + "/kuramori-log";
}

std::string Checkpoint::to_text() const {
  return origin + "\n" + std::to_string(head.size) + "\n" + crypto::to_base64_padded(head.root) + "\n";
}

SignedCheckpoint sign_checkpoint(const TreeHead& head, const NoteSigner& signer) {
  SignedCheckpoint result{{signer.public_key().name, head}, {}};
  result.note = signer.sign(result.checkpoint.to_text());
  return result;
}

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
  if (text.empty() || text.back() != '\n') return not_a_checkpoint("it does not end with a newline");
  text.remove_suffix(1);
  const std::vector<std::string_view> lines = text::split(text, '\n');
  if (lines.size() < 3) return not_a_checkpoint("it has less than three lines");
  for (const std::string_view line : lines) {
    if (line.empty()) return not_a_checkpoint("a line is empty");
  }
  const auto size = text::to_integer(lines[1]);
  if (!size || *size < 0 || std::to_string(*size) != lines[1])
    return not_a_checkpoint("the size is malformed");
  const auto bytes = crypto::from_base64(lines[2]);
  const auto root = bytes ? to_hash(*bytes) : std::nullopt;
  if (!root || crypto::to_base64_padded(*root) != lines[2])
    return not_a_checkpoint("the root hash is malformed");
  return Checkpoint{std::string(lines[0]), {static_cast<std::uint64_t>(*size), *root}};
}

Result<SignedCheckpoint> open_checkpoint(std::string_view text, const NoteKey& key) {
  KURAMORI_TRY(note, parse_note(text));
  KURAMORI_CHECK(verify_note(note, key));
  KURAMORI_TRY(checkpoint, parse_checkpoint_text(note.text));
  if (checkpoint.origin != key.name)
    return forbidden("The checkpoint is of another log: " + checkpoint.origin + ".");
  return SignedCheckpoint{std::move(checkpoint), std::string(text)};
}

}  // namespace kuramori::audit
