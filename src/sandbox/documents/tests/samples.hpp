// Small real files, written octet by octet or by the library that later reads them.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "sandbox/extract_job.hpp"

namespace kuramori::sandbox::documents::samples {

struct Member {
  std::string name;
  std::string content;
};

enum class Format : std::uint8_t { Zip, StoredZip, SevenZip, Tar, TarGz };
std::string archive(Format format, const std::vector<Member>& members);
// A zip whose content cannot be read without a password.
std::string encrypted_zip(const std::vector<Member>& members);
std::string gzip(std::string_view content);

std::string docx(std::string_view body_xml, const std::vector<Member>& more = {});
std::string paragraph(std::string_view text);
// A PDF of one page for each text; an empty text is a page with a grey rectangle.
std::string pdf(const std::vector<std::string>& pages);
// A compound file of those streams, each of 4,096 octets or more.
std::string compound(const std::vector<Member>& streams);
std::string utf16le(std::string_view ascii);

// All octets, read with these limits.
Extract extracted(std::string_view file, const ExtractRequest& request = {});
// All text of it, place by place: "body: …\n".
std::string text_in(const Extract& extract);
bool has_limit(const Extract& extract, ExtractLimit limit);
bool has_unreadable(const Extract& extract, std::string_view file, Unreadable reason);

}  // namespace kuramori::sandbox::documents::samples
