// Notes and checkpoints come from disks, auditors and other servers.
#include "audit/checkpoint.hpp"
#include "base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::audit;
  const std::string_view text = as_text({data, size});
  if (const auto note = parse_note(text)) {
    ensure(!note->signatures.empty() && note->text.ends_with('\n'),
           "a note without a signature or its last newline");
    ensure(text.starts_with(note->text), "a note's text is not what it began with");
    if (const auto checkpoint = parse_checkpoint_text(note->text)) {
      ensure(note->text.starts_with(checkpoint->to_text()), "a checkpoint has two spellings");
    }
    static const NoteKey key{"example.org/kuramori-log", {}};
    ensure(!open_checkpoint(text, key), "a signature by nobody verified");
  }
  if (const auto key = NoteKey::parse(text)) ensure(key->to_string() == text, "a key has two spellings");
  return 0;
}
