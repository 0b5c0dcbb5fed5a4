#include "audit/checkpoint.hpp"

#include <gtest/gtest.h>

#include "audit/checkpoint_file.hpp"
#include "audit/tests/record_fixture.hpp"
#include "crypto/base64.hpp"

namespace kuramori::audit {
namespace {

// The published example of the format's reference implementation.
constexpr std::string_view kNeumannKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kNeumannText =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
constexpr std::string_view kNeumannSignature =
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

std::string neumann_note() {
  return std::string(kNeumannText) + "\n" + std::string(kNeumannSignature);
}

crypto::SigningKey neumann_signing() {
  const auto typed = crypto::from_base64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
  crypto::Ed25519Seed seed;
  std::copy(typed->begin() + 1, typed->end(), seed.begin());
  return crypto::SigningKey::from_seed(seed, "1");
}

TEST(Note, OpensThePublishedExample) {
  const NoteKey key = *NoteKey::parse(kNeumannKey);
  EXPECT_EQ(key.id(), 0xc74f20a3U);
  EXPECT_EQ(key.to_string(), kNeumannKey);
  const Note note = *parse_note(neumann_note());
  EXPECT_EQ(note.text, kNeumannText);
  EXPECT_TRUE(verify_note(note, key));
}

TEST(Note, SignsThePublishedExample) {
  const crypto::SigningKey signing = neumann_signing();
  const NoteSigner signer("PeterNeumann", signing);
  EXPECT_EQ(signer.public_key().to_string(), kNeumannKey);
  EXPECT_EQ(signer.sign(kNeumannText), neumann_note());
}

TEST(Note, TheTextMayHoldBlankLines) {
  const crypto::SigningKey signing = neumann_signing();
  const NoteSigner signer("PeterNeumann", signing);
  const Note note = *parse_note(signer.sign("one\n\ntwo\n"));
  EXPECT_EQ(note.text, "one\n\ntwo\n");
  EXPECT_TRUE(verify_note(note, signer.public_key()));
}

TEST(Note, IgnoresSignaturesByOthersButNotAWrongOneByTheKey) {
  const NoteKey key = *NoteKey::parse(kNeumannKey);
  const std::string other = "\xE2\x80\x94 EnochRoot af+0Q5g9Q4bqsYqLoN3r8LKUX8bVzBQxMeSs6yeKBzXe\n";
  EXPECT_TRUE(verify_note(*parse_note(neumann_note() + other), key));
  EXPECT_FALSE(verify_note(*parse_note(std::string(kNeumannText) + "\n" + other), key));
  std::string wrong(kNeumannSignature);
  wrong[wrong.size() - 20] = wrong[wrong.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(verify_note(*parse_note(neumann_note() + wrong), key));
  std::string altered = neumann_note();
  altered[3] = 'Y';
  EXPECT_FALSE(verify_note(*parse_note(altered), key));
}

TEST(Note, RefusesWhatIsNoNote) {
  const std::string good = neumann_note();
  const std::string text(kNeumannText);
  for (const std::string& bad :
       {std::string(), std::string("\n\n"), text, text + "\n", good.substr(0, good.size() - 1), good + "\n",
        good + "junk\n", text + "\n- PeterNeumann AAAAAAAA\n", text + "\n\xE2\x80\x94 PeterNeumann\n",
        text + "\n\xE2\x80\x94  AAAAAAAA\n", text + "\n\xE2\x80\x94 Peter+Neumann AAAAAAAA\n",
        text + "\n\xE2\x80\x94 PeterNeumann AAAA\n", text + "\n\xE2\x80\x94 PeterNeumann !!!!!!!!\n",
        text + "\n\xE2\x80\x94 Peter\xC2\xA0N AAAAAAAA\n", "tab\t" + good, "\xFF" + good}) {
    EXPECT_FALSE(parse_note(bad)) << bad;
  }
}

TEST(NoteKey, RefusesWhatIsNoKey) {
  std::string wrong_id(kNeumannKey);
  wrong_id[13] = 'd';
  for (const std::string& bad :
       {std::string(), std::string("PeterNeumann"), std::string("+c74f20a3+ARpc"), wrong_id,
        std::string(kNeumannKey) + "A",
        std::string("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")}) {
    EXPECT_FALSE(NoteKey::parse(bad)) << bad;
  }
}

TEST(Checkpoint, HasTheTextOfTheSpecification) {
  const Checkpoint checkpoint = *parse_checkpoint_text(
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
  EXPECT_EQ(checkpoint.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint.head.size, 20852163U);
  EXPECT_EQ(checkpoint.to_text(),
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
}

TEST(Checkpoint, RefusesMalformedTexts) {
  const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
  EXPECT_TRUE(parse_checkpoint_text("o\n0\n" + root + "\nan extension\n"));
  for (const std::string& bad : {"o\n0\n\n", "\n0\n", "o\n00\n", "o\n-1\n", "o\n+1\n", "o\n1 \n", "o\nx\n"}) {
    EXPECT_FALSE(parse_checkpoint_text(bad + root + "\n")) << bad;
  }
  EXPECT_FALSE(parse_checkpoint_text("o\n0\n" + root));
  EXPECT_FALSE(parse_checkpoint_text("o\n0\n" + root.substr(1) + "\n"));
  EXPECT_FALSE(parse_checkpoint_text("o\n0\n" + root + "\n\nx\n"));
}

TEST(Checkpoint, OpensOnlyWhatTheLogSignedForItself) {
  const crypto::SigningKey signing = neumann_signing();
  const NoteSigner signer("example.org/kuramori-log", signing);
  const SignedCheckpoint made = sign_checkpoint({5, leaf_hash({})}, signer);
  EXPECT_EQ(open_checkpoint(made.note, signer.public_key())->checkpoint, made.checkpoint);
  const NoteSigner other("example.net/kuramori-log", signing);
  EXPECT_FALSE(open_checkpoint(made.note, other.public_key()));
  const std::string foreign_origin = signer.sign("example.net/kuramori-log\n0\n" + made.note.substr(27, 45));
  EXPECT_FALSE(open_checkpoint(foreign_origin, signer.public_key()));
}

TEST(CheckpointFile, IsReplacedWholeAndPrivate) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "checkpoint";
  EXPECT_FALSE(read_checkpoint_file(file)->has_value());
  ASSERT_TRUE(write_checkpoint_file(file, "one\n"));
  ASSERT_TRUE(write_checkpoint_file(file, "two\n"));
  EXPECT_EQ(**read_checkpoint_file(file), "two\n");
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_FALSE(write_checkpoint_file(directory.path() / "none" / "checkpoint", "x"));
}

}  // namespace
}  // namespace kuramori::audit
