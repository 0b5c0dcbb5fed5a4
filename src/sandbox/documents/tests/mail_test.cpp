#include <gtest/gtest.h>

#include "sandbox/documents/mime.hpp"
#include "sandbox/documents/tests/samples.hpp"

namespace kuramori::sandbox::documents {
namespace {

using samples::extracted;
using samples::text_in;

TEST(Mime, EncodedWordsOfAllKinds) {
  for (const auto& [raw, decoded] : std::vector<std::pair<std::string, std::string>>{
           {"plain", "plain"},
           {"=?UTF-8?B?5qmf5a+G?=", "機密"},
           {"=?utf-8?q?caf=C3=A9_au_lait?=", "café au lait"},
           {"=?GB2312?B?u/rD3A==?= report", "机密 report"},
           {"=?ISO-2022-JP?B?GyRCNSFMKRsoQg==?=", "機密"},
           // One character in two words, with a blank that is none.
           {"=?UTF-8?B?5qk=?= =?UTF-8?B?nw==?=", "機"},
           {"=?broken", "=?broken"},
           {"a =?x-unknown?Q?b?= c", "a b c"}}) {
    EXPECT_EQ(decode_field(raw), decoded) << raw;
  }
}

TEST(Mime, FileNamesInAllTheirForms) {
  for (const auto& [field, name] : std::vector<std::pair<std::string, std::string>>{
           {"attachment; filename=plain.txt", "plain.txt"},
           {"attachment; filename=\"with \\\"quotes\\\".txt\"", "with \"quotes\".txt"},
           {"attachment; filename*=UTF-8''%E6%A9%9F%E5%AF%86.doc", "機密.doc"},
           {"attachment; filename*0*=UTF-8''%E6%A9%9F; filename*1=\"x.doc\"", "機x.doc"},
           {"attachment; filename=\"=?UTF-8?B?5qmf5a+G?=.pdf\"", "機密.pdf"}}) {
    EXPECT_EQ(parse_mime("Content-Disposition: " + field + "\n\nx").name, name) << field;
  }
}

TEST(Mail, FieldsBodiesAndAttachments) {
  const std::string mail =
      "From: =?UTF-8?B?5oSb5a2Q?= <aiko@example.org>\r\nTo: bao@example.org\r\nSubject: =?UTF-8?B?5qmf5a+G?= "
      "plan\r\n"
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"out er\"\r\n\r\npreamble\r\n--out "
      "er\r\n"
      "Content-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\nContent-Type: text/plain; "
      "charset=gb2312\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n\r\n=BB=FA=C3=DC is =\r\nhere\r\n--in\r\nContent-Type: "
      "text/html\r\n\r\n"
      "<p>HTML&nbsp;body</p>\r\n--in--\r\n--out er\r\nContent-Type: application/octet-stream\r\n"
      "Content-Disposition: attachment; filename=a.txt\r\nContent-Transfer-Encoding: "
      "base64\r\n\r\nYXR0YWNoZWQg\r\ndGV4dA==\r\n"
      "--out er\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nforwarded words\r\n--out "
      "er--\r\n";
  const Extract extract = extracted(mail);
  EXPECT_EQ(extract.media_type, "message/rfc822");
  const std::string text = text_in(extract);
  for (const char* piece :
       {"mail header: 機密 plan", "愛子 <aiko@example.org>", "mail body: 机密 is here", "HTML body",
        "[a.txt] text: attached text", "mail header: inner", "forwarded words"}) {
    EXPECT_NE(text.find(piece), std::string::npos) << piece << " in " << text;
  }
  EXPECT_TRUE(extract.is_complete());
}

TEST(Mail, WhatIsEncryptedIsSaidToBe) {
  const Extract extract = extracted(
      "From: a@b.c\nTo: d@e.f\nSubject: s\nDate: x\nContent-Type: application/pkcs7-mime; "
      "name=smime.p7m\n\nMIIB\n");
  EXPECT_TRUE(extract.is_encrypted());
}

TEST(Mail, EndlessNestingEnds) {
  std::string mail = "From: a@b.c\nTo: a@b.c\nSubject: deep\n";
  for (int i = 0; i < 3'000; ++i)
    mail += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) +
            "\n";
  EXPECT_EQ(extracted(mail).media_type, "message/rfc822");
}

}  // namespace
}  // namespace kuramori::sandbox::documents
