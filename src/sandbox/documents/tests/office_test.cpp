#include <gtest/gtest.h>

#include "sandbox/documents/tests/samples.hpp"

namespace kuramori::sandbox::documents {
namespace {

using samples::archive;
using samples::docx;
using samples::extracted;
using samples::Format;
using samples::paragraph;
using samples::text_in;

const std::string kTypes = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>";

std::string metadata_of(const Extract& extract, std::string_view name) {
  for (const MetadataEntry& entry : extract.metadata) {
    if (entry.name == name) return entry.value;
  }
  return {};
}

TEST(Office, WordTextOfAllPartsWithRunsJoined) {
  const std::string body =
      "<w:p><w:r><w:t>A123</w:t></w:r><w:r><w:t>456(3)</w:t></w:r></w:p>"
      "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>left</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>right</w:t></"
      "w:r></w:p></w:tc></w:tr></w:tbl>"
      "<w:p><w:del><w:r><w:delText>struck out</w:delText></w:r></w:del></w:p>";
  const auto part = [](std::string_view text) { return "<w:x xmlns:w='w'>" + paragraph(text) + "</w:x>"; };
  const Extract extract =
      extracted(docx(body, {{"word/header1.xml", part("top secret header")},
                            {"word/footer1.xml", part("a footer")},
                            {"word/comments.xml", part("a comment")},
                            {"word/footnotes.xml", part("a note")},
                            {"docProps/core.xml",
                             "<cp:coreProperties xmlns:dc='d'><dc:title>The "
                             "plan</dc:title><dc:creator>Aiko</dc:creator></cp:coreProperties>"}}));
  EXPECT_EQ(extract.media_type, "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
  const std::string text = text_in(extract);
  for (const char* piece : {"body: A123456(3)\n", "left", "right", "struck out", "header: top secret header",
                            "footer: a footer", "comments: a comment", "notes: a note"}) {
    EXPECT_NE(text.find(piece), std::string::npos) << piece << " in " << text;
  }
  EXPECT_EQ(metadata_of(extract, "title"), "The plan");
  EXPECT_EQ(metadata_of(extract, "creator"), "Aiko");
  EXPECT_TRUE(extract.is_complete());
}

TEST(Office, SheetsByNameHiddenOnesToo) {
  const Extract extract = extracted(archive(
      Format::Zip, {{"[Content_Types].xml", kTypes},
                    {"xl/workbook.xml",
                     "<workbook xmlns:r='r'><sheets><sheet name='Budget' r:id='rId1'/><sheet name='Salaries' "
                     "state='veryHidden' r:id='rId2'/></sheets></workbook>"},
                    {"xl/_rels/workbook.xml.rels",
                     "<Relationships><Relationship Id='rId1' Target='worksheets/sheet1.xml'/><Relationship "
                     "Id='rId2' Target='/xl/worksheets/sheet2.xml'/></Relationships>"},
                    {"xl/sharedStrings.xml",
                     "<sst><si><t>Rent</t></si><si><r><t>Card </t></r><r><t>number</t></r></si></sst>"},
                    {"xl/worksheets/sheet1.xml",
                     "<worksheet><sheetData><row><c t='s'><v>0</v></c><c><v>1200.5</v></c></row><row><c "
                     "t='s'><v>1</v></c><c><v>4.1111111111111111E+15</v></c></row></sheetData></worksheet>"},
                    {"xl/worksheets/sheet2.xml",
                     "<worksheet><sheetData><row><c t='inlineStr'><is><t>hidden "
                     "pay</t></is></c></row></sheetData></worksheet>"},
                    {"xl/comments1.xml",
                     "<comments><commentList><comment><text><r><t>see "
                     "me</t></r></text></comment></commentList></comments>"}}));
  EXPECT_EQ(extract.media_type, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  const std::string text = text_in(extract);
  EXPECT_NE(text.find("sheet Budget: Rent\t1200.5\t\nCard number\t4111111111111111\t"), std::string::npos)
      << text;
  EXPECT_NE(text.find("hidden sheet Salaries: hidden pay"), std::string::npos) << text;
  EXPECT_NE(text.find("comments: see me"), std::string::npos) << text;
}

TEST(Office, SlidesInOrderWithTheirNotes) {
  const auto slide = [](std::string_view text) {
    return "<p:sld xmlns:a='a' xmlns:p='p'><a:p><a:r><a:t>" + std::string(text) +
           "</a:t></a:r></a:p></p:sld>";
  };
  const Extract extract =
      extracted(archive(Format::Zip, {{"[Content_Types].xml", kTypes},
                                      {"ppt/slides/slide10.xml", slide("tenth")},
                                      {"ppt/slides/slide2.xml", slide("second")},
                                      {"ppt/notesSlides/notesSlide2.xml", slide("say this")}}));
  EXPECT_EQ(extract.media_type, "application/vnd.openxmlformats-officedocument.presentationml.presentation");
  const std::string text = text_in(extract);
  EXPECT_LT(text.find("slide 2: second"), text.find("slide 10: tenth")) << text;
  EXPECT_NE(text.find("speaker notes 2: say this"), std::string::npos) << text;
}

TEST(Office, OpenDocumentTextsSheetsAndSlides) {
  const auto document = [](std::string_view type, std::string_view body) {
    return archive(Format::StoredZip,
                   {{"mimetype", "application/vnd.oasis.opendocument." + std::string(type)},
                    {"content.xml", "<office:document-content><office:body>" + std::string(body) +
                                        "</office:body></office:document-content>"},
                    {"styles.xml", "<x><style:header><text:p>page header</text:p></style:header></x>"},
                    {"meta.xml", "<m><dc:title>Plan</dc:title></m>"}});
  };
  const Extract text = extracted(
      document("text",
               "<text:h>Title</text:h><text:p>One<text:s "
               "text:c='2'/>two<office:annotation><text:p>remark</text:p></office:annotation></text:p>"));
  EXPECT_EQ(text.media_type, "application/vnd.oasis.opendocument.text");
  EXPECT_NE(text_in(text).find("Title\nOne  two"), std::string::npos) << text_in(text);
  EXPECT_NE(text_in(text).find("remark"), std::string::npos);
  EXPECT_NE(text_in(text).find("header and footer: page header"), std::string::npos);
  EXPECT_EQ(metadata_of(text, "title"), "Plan");
  const Extract sheet = extracted(
      document("spreadsheet",
               "<office:spreadsheet><table:table table:name='Pay'><table:table-row><table:table-cell "
               "office:value='4111111111111111'><text:p>4.11E+15</text:p></table:table-cell></"
               "table:table-row></table:table></office:spreadsheet>"));
  EXPECT_NE(text_in(sheet).find("sheet Pay: "), std::string::npos);
  EXPECT_NE(text_in(sheet).find("4111111111111111"), std::string::npos);
  const Extract slides = extracted(document(
      "presentation",
      "<draw:page><text:p>first</text:p></draw:page><draw:page><text:p>second</text:p></draw:page>"));
  EXPECT_NE(text_in(slides).find("slide 2: second"), std::string::npos) << text_in(slides);
}

TEST(Office, AnEncryptedOpenDocumentIsSaidToBe) {
  const Extract extract = extracted(archive(
      Format::StoredZip, {{"mimetype", "application/vnd.oasis.opendocument.text"},
                          {"content.xml", "\x93\x12\x99 nothing to read"},
                          {"META-INF/manifest.xml",
                           "<m:manifest><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"}}));
  EXPECT_TRUE(extract.is_encrypted());
  EXPECT_TRUE(extract.texts.empty());
}

TEST(Office, FilesInADocumentAreReadAndItsPicturesGiven) {
  const std::string file =
      docx(paragraph("outer"), {{"word/embeddings/inner.docx", docx(paragraph("inner words"))},
                                {"word/media/image1.png", "\x89PNG\r\n\x1A\n"}});
  const Extract extract = extracted(file, {.pictures = ExtractRequest::Pictures::Give});
  EXPECT_NE(text_in(extract).find("[inner.docx] body: inner words"), std::string::npos) << text_in(extract);
  ASSERT_EQ(extract.pictures.size(), 1U);
  EXPECT_EQ(extract.pictures[0].place, "picture image1.png");
  EXPECT_TRUE(extracted(file).pictures.empty());
}

TEST(Office, ABrokenPartIsDamagedAndTheRestIsRead) {
  const Extract extract =
      extracted(docx("<w:p><w:r><w:t>before</w:t></w:r></w:p><w:p",
                     {{"word/footer1.xml", "<w:ftr xmlns:w='w'>" + paragraph("after") + "</w:ftr>"}}));
  EXPECT_TRUE(samples::has_unreadable(extract, "", Unreadable::Damaged));
  EXPECT_NE(text_in(extract).find("after"), std::string::npos);
}

TEST(Office, DeepNestingOfElementsIsWalked) {
  std::string body;
  for (int i = 0; i < 200'000; ++i) body += "<w:a>";
  body += paragraph("bottom");
  for (int i = 0; i < 200'000; ++i) body += "</w:a>";
  EXPECT_NE(text_in(extracted(docx(body))).find("bottom"), std::string::npos);
}

TEST(Office, TextBeyondTheLimitIsLeftOutAndSaid) {
  const Extract extract = extracted(docx(paragraph(std::string(5'000, 'a'))), {.text_bytes_max = 1'000});
  ASSERT_EQ(extract.texts.size(), 1U);
  EXPECT_EQ(extract.texts[0].text.size(), 1'000U);
  EXPECT_TRUE(samples::has_limit(extract, ExtractLimit::Text));
}

}  // namespace
}  // namespace kuramori::sandbox::documents
