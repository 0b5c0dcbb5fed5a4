// How a browser is told to treat a file: shown only when its type cannot do harm, and under which name (RFC
// 6266, RFC 8187).
#pragma once
#include <string>
#include <string_view>

namespace kuramori::api::client {

// "inline" for the types that the specification lists ("Serving inline content"), else "attachment".
std::string content_disposition(std::string_view content_type, std::string_view file_name);

// A media type as a header may carry it; "application/octet-stream" for what is none.
std::string safe_content_type(std::string_view content_type);

}  // namespace kuramori::api::client
