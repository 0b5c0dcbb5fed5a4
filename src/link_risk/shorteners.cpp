#include "link_risk/shorteners.hpp"

#include <algorithm>
#include <array>

namespace kuramori::link_risk {
namespace {

// Those in use worldwide, then widely in China, Hong Kong, Taiwan and Japan.
constexpr auto kUnsorted = std::to_array<std::string_view>(
    {"0rz.tw",    "1url.com",    "2.gp",        "adf.ly",        "amzn.asia",   "amzn.to",    "bc.vc",
     "bit.do",    "bit.ly",      "bitly.com",   "bl.ink",        "buff.ly",     "c11.kr",     "clck.ru",
     "cutt.ly",   "cutt.us",     "db.tt",       "dlvr.it",       "dwz.cn",      "dwz.lc",     "dwz.win",
     "fb.me",     "firsturl.de", "git.io",      "goo.gl",        "goo.su",      "gg.gg",      "hoy.kr",
     "htn.to",    "ibm.co",      "ift.tt",      "is.gd",         "j.mp",        "kutt.it",    "lihi.cc",
     "lihi1.com", "lihi2.com",   "lihi3.com",   "line.cx",       "lnkd.in",     "maac.io",    "mz.cm",
     "nav.cx",    "onl.bz",      "onl.la",      "onl.sc",        "onl.tw",      "ow.ly",      "pics.ee",
     "picsee.io", "pse.is",      "qr.net",      "qr.paps.jp",    "rb.gy",       "rebrand.ly", "reurl.cc",
     "s.id",      "s.yam.com",   "short.gy",    "shorturl.asia", "shorturl.at", "snip.ly",    "soo.gd",
     "ssur.cc",   "suo.im",      "suo.nz",      "surl.cc",       "t.cn",        "t.co",       "t.ly",
     "tiny.cc",   "tiny.one",    "tinyurl.com", "tr.im",         "u.nu",        "ur1.ca",     "ur0.link",
     "urlzs.com", "url.cn",      "utm.to",      "v.gd",          "w.url.cn",    "x.co",       "x.gd",
     "y2u.be",    "zws.im"});
constexpr auto kShorteners = [] {
  auto sorted = kUnsorted;
  std::ranges::sort(sorted);
  return sorted;
}();

}  // namespace

bool is_shortener(std::string_view host) {
  for (;;) {
    if (std::ranges::binary_search(kShorteners, host)) return true;
    const std::size_t dot = host.find('.');
    if (dot == std::string_view::npos) return false;
    host.remove_prefix(dot + 1);
  }
}

}  // namespace kuramori::link_risk
