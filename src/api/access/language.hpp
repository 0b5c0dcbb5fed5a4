// The language of answers, negotiated from Accept-Language (RFC 9110 section 12.5.4).
#pragma once
#include <string_view>

namespace kuramori::api {

// en, zh-Hans (zh, zh-CN, zh-SG), zh-Hant (zh-TW, zh-HK, zh-MO) or ja; English when nothing fits.
std::string_view best_language(std::string_view accept_language);

}  // namespace kuramori::api
