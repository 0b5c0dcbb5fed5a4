// Keys, tokens and passwords: by the prefixes that their issuers publish, by their structure, or by the word
// before them.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "governance/candidates.hpp"
#include "governance/context_words.hpp"
#include "json/json.hpp"

namespace kuramori::governance {

namespace {

using enum Detector;

constexpr std::size_t kTokenMax = 8192;

constexpr bool is_base64url(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_';
}
constexpr bool is_base64(char c) {
  return is_alphanumeric(c) || c == '+' || c == '/' || c == '=';
}

// Bits per character, from how often each appears.
double entropy(std::string_view text) {
  std::array<unsigned, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  const auto size = static_cast<double>(text.size());
  for (const unsigned count : counts) {
    if (count == 0) continue;
    const double share = count / size;
    bits -= share * std::log2(share);
  }
  return bits;
}

struct TokenForm {
  std::string_view prefix;
  std::size_t length_min;  // after the prefix
  std::size_t length_max;
  Detector detector;
};
// Sorted by their first letter. Lengths as their issuers document them, with room where they leave it open.
constexpr auto kForms = std::to_array<TokenForm>({
    {"AIza", 35, 35, AccessToken},          // Google API key
    {"AKIA", 16, 16, AwsKey},               // access key
    {"ASIA", 16, 16, AwsKey},               // temporary access key
    {"GOCSPX-", 28, 28, AccessToken},       // Google OAuth client secret
    {"SG.", 60, 72, AccessToken},           // SendGrid
    {"dop_v1_", 64, 64, AccessToken},       // DigitalOcean
    {"ghp_", 36, 255, AccessToken},         // GitHub personal access token
    {"gho_", 36, 255, AccessToken},         // OAuth
    {"ghu_", 36, 255, AccessToken},         // user to server
    {"ghs_", 36, 255, AccessToken},         // server to server
    {"ghr_", 36, 255, AccessToken},         // refresh
    {"github_pat_", 60, 255, AccessToken},  // fine-grained
    {"glpat-", 20, 64, AccessToken},        // GitLab
    {"hf_", 30, 64, AccessToken},           // Hugging Face
    {"npm_", 36, 36, AccessToken},          // npm
    {"pypi-", 60, 255, AccessToken},        // PyPI
    {"rk_live_", 20, 255, AccessToken},     // Stripe restricted key
    {"shpat_", 32, 32, AccessToken},        // Shopify
    {"sk-", 40, 255, AccessToken},          // OpenAI and others
    {"sk_live_", 20, 255, AccessToken},     // Stripe
    {"syt_", 20, 255, AccessToken},         // Synapse
    {"xapp-", 40, 255, AccessToken},        // Slack
    {"xoxa-", 20, 255, AccessToken},
    {"xoxb-", 20, 255, AccessToken},
    {"xoxe-", 20, 255, AccessToken},
    {"xoxp-", 20, 255, AccessToken},
    {"xoxr-", 20, 255, AccessToken},
    {"xoxs-", 20, 255, AccessToken},
    {"ya29.", 40, 2000, AccessToken},  // Google OAuth access token
});

std::optional<std::string> decoded_base64url(std::string_view text) {
  std::string result;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    unsigned value = 0;
    if (is_upper(c))
      value = static_cast<unsigned>(c - 'A');
    else if (is_lower(c))
      value = static_cast<unsigned>(c - 'a') + 26;
    else if (is_digit(c))
      value = static_cast<unsigned>(c - '0') + 52;
    else if (c == '-')
      value = 62;
    else if (c == '_')
      value = 63;
    else
      return std::nullopt;
    held = (held << 6 | value) & 0xFFFF;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    result.push_back(static_cast<char>(held >> bits & 0xFF));
  }
  return result;
}

// The header of a JWT: a JSON object that names its algorithm.
bool is_jwt_header(std::string_view part) {
  if (part.size() < 10 || part.size() > 2048) return false;
  const auto decoded = decoded_base64url(part);
  if (!decoded) return false;
  const auto header = json::parse_object(*decoded);
  return header.has_value() && header->contains("alg");
}

class TokenSearch {
 public:
  TokenSearch(std::string_view text, Candidates& out) : text_(text), out_(out) {}

  void run() {
    for (std::size_t i = 0; i < text_.size();) {
      if (!is_base64url(text_[i])) {
        ++i;
        continue;
      }
      const std::size_t begin = i;
      while (i < text_.size() && is_base64url(text_[i])) ++i;
      if (i - begin < 3) continue;
      if (check_jwt(begin, i)) continue;
      check_forms(begin);
    }
    if (out_.wants(AwsKey)) find_aws_secrets();
  }

 private:
  void add(Detector detector, std::size_t begin, std::size_t end, Reasons reasons) {
    out_.add(detector, Confidence::High, reasons,
             {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
             text_.substr(begin, end - begin));
  }

  void check_forms(std::size_t begin) {
    const std::string_view rest = text_.substr(begin);
    for (const TokenForm& form : kForms) {
      if (form.prefix[0] != rest[0] || !rest.starts_with(form.prefix)) continue;
      const bool capitals = form.detector == AwsKey;
      std::size_t length = 0;
      const std::string_view body = rest.substr(form.prefix.size());
      while (length < body.size() && length <= form.length_max &&
             (capitals ? is_upper(body[length]) || is_digit(body[length])
                       : is_base64url(body[length]) || body[length] == '.')) {
        ++length;
      }
      while (length > 0 && body[length - 1] == '.') --length;
      const bool ended = length == body.size() || !is_base64url(body[length]);
      if (length < form.length_min || length > form.length_max || !ended) continue;
      const std::string_view secret = body.substr(0, length);
      // "sk-" and the like begin words, too: a key is not written in small letters and dashes alone.
      if (entropy(secret) < 2.5 || (!capitals && std::ranges::none_of(secret, is_digit))) continue;
      add(form.detector, begin, begin + form.prefix.size() + length,
          bit(Reason::Issuer) | bit(Reason::Entropy));
    }
  }

  bool check_jwt(std::size_t begin, std::size_t first_end) {
    if (text_[begin] != 'e' || !out_.wants(JsonWebToken)) return false;
    std::size_t end = first_end;
    for (int part = 0; part < 2; ++part) {
      if (end >= text_.size() || text_[end] != '.') return false;
      const std::size_t start = ++end;
      while (end < text_.size() && end - start < kTokenMax && is_base64url(text_[end])) ++end;
      if (part == 0 && end - start < 4) return false;
    }
    if (!is_jwt_header(text_.substr(begin, first_end - begin))) return false;
    add(JsonWebToken, begin, end, bit(Reason::Form));
    return true;
  }

  // Forty characters of base64; without a word for it this may be any digest.
  void find_aws_secrets() {
    for (std::size_t i = 0; i < text_.size();) {
      if (!is_base64(text_[i])) {
        ++i;
        continue;
      }
      const std::size_t begin = i;
      while (i < text_.size() && is_base64(text_[i])) ++i;
      std::size_t first = begin;
      // "KEY=secret": what stands before an equals sign is a name.
      const std::string_view run = text_.substr(begin, i - begin);
      if (const auto equals = run.find('='); equals != std::string_view::npos && equals + 1 < run.size()) {
        first = begin + equals + 1;
      }
      if (i - first != 40) continue;
      const std::string_view secret = text_.substr(first, 40);
      const bool mixed = std::ranges::any_of(secret, is_upper) && std::ranges::any_of(secret, is_lower) &&
                         std::ranges::any_of(secret, is_digit);
      if (!mixed || entropy(secret) < 4.0) continue;
      const std::size_t from = first > 80 ? first - 80 : 0;
      std::string near(text_.substr(from, first - from));
      std::ranges::transform(near, near.begin(), lower);
      if (!near.contains("aws") && !near.contains("secret") && !near.contains("akia")) continue;
      add(AwsKey, first, i, bit(Reason::Entropy) | bit(Reason::ContextWord));
    }
  }

  std::string_view text_;
  Candidates& out_;
};

void find_private_keys(std::string_view text, Candidates& out) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::size_t kOctetsMax = 65'536;
  std::size_t found = 0;
  for (auto at = text.find(kBegin); at != std::string_view::npos && found < Candidates::kOfOneDetectorMax;
       at = text.find(kBegin, at + 1)) {
    const std::size_t label = at + kBegin.size();
    const auto dashes = text.substr(label, 70).find("-----");
    if (dashes == std::string_view::npos) continue;
    const std::size_t close = label + dashes;
    const std::string_view name = text.substr(label, close - label);
    if (!name.ends_with("PRIVATE KEY") && name != "PGP PRIVATE KEY BLOCK") continue;
    std::size_t end = close + 5;
    const std::string ending = "-----END " + std::string(name) + "-----";
    if (const auto last = text.substr(end, kOctetsMax).find(ending); last != std::string_view::npos) {
      end += last + ending.size();
    }
    ++found;
    out.add(PrivateKey, Confidence::High, bit(Reason::Form),
            {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)}, text.substr(at, end - at));
    at = end - 1;
  }
}

// What people write where a secret would stand.
bool is_placeholder(std::string_view value) {
  constexpr auto kSampleWords = std::to_array<std::string_view>(
      {"password", "changeme", "required", "optional", "undefined", "expired", "incorrect",
       "invalid",  "example",  "your-",    "your_",    "xxxx",      "****",    "...",
       "null",     "none",     "true",     "false",    "http://",   "https://"});
  std::string small(value);
  std::ranges::transform(small, small.begin(), lower);
  if (std::string_view("<${[(").contains(small[0])) return true;
  return std::ranges::any_of(kSampleWords, [&](std::string_view word) { return small.starts_with(word); });
}

struct Mixture {
  unsigned classes = 0;
  bool digits_or_signs = false;
};
Mixture mixture_of(std::string_view value) {
  bool lowers = false;
  bool uppers = false;
  bool digits = false;
  bool signs = false;
  for (const char c : value) {
    lowers |= is_lower(c);
    uppers |= is_upper(c);
    digits |= is_digit(c);
    signs |= !is_alphanumeric(c);
  }
  return {static_cast<unsigned>(lowers) + static_cast<unsigned>(uppers) + static_cast<unsigned>(digits) +
              static_cast<unsigned>(signs),
          digits || signs};
}

// The value after "password: ", "pwd=", "密码是"; empty when none is given.
Span value_after(std::string_view text, std::size_t position) {
  constexpr auto kLinks = std::to_array<std::string_view>(
      {":", "=", "\"", "'", " ", "是", "为", "為", "は", "→", "is ", "=>", "`", "\t", "\n", "**"});
  bool linked = false;
  const std::size_t limit = std::min(text.size(), position + 16);
  while (position < limit) {
    const std::string_view rest = text.substr(position);
    const auto link =
        std::ranges::find_if(kLinks, [&](std::string_view each) { return rest.starts_with(each); });
    if (link == kLinks.end()) break;
    linked = linked || (*link != " " && *link != "\"" && *link != "'" && *link != "\n" && *link != "\t");
    position += link->size();
  }
  std::size_t end = position;
  while (end < text.size() && end - position < 256 && text[end] > ' ' &&
         static_cast<unsigned char>(text[end]) < 0x7F && !std::string_view("\"'`<>,;").contains(text[end])) {
    ++end;
  }
  while (end > position && std::string_view(".)]}").contains(text[end - 1])) --end;
  if (!linked) end = position;
  return {static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(end)};
}

}  // namespace

void find_credentials(const InspectedText& inspected, Candidates& out) {
  constexpr DetectorSet kTokens = bit(AwsKey) | bit(AccessToken) | bit(JsonWebToken);
  if (inspected.shape.token >= kTokenOctets && out.wants(kTokens)) TokenSearch(inspected.text, out).run();
  if (inspected.shape.dashes >= kKeyDashes && out.wants(PrivateKey)) find_private_keys(inspected.text, out);
}

void find_passwords(const InspectedText& inspected, const WordMatches& words, Candidates& out) {
  if (!out.wants(Password)) return;
  std::uint32_t done = 0;
  for (const auto& word : words) {
    if ((context_words()[word.term].topics & bit(Topic::Credential)) == 0 || word.end < done) continue;
    const Span span = value_after(inspected.text, word.end);
    const std::string_view value = inspected.text.substr(span.begin, span.end - span.begin);
    if (value.size() < 6 || is_placeholder(value)) continue;
    const Mixture mixture = mixture_of(value);
    if (mixture.classes < 2 || !mixture.digits_or_signs || entropy(value) < 2.2) continue;
    const bool strong = mixture.classes >= 3 && value.size() >= 8;
    out.add(Candidate{.detector = Password,
                      .confidence = strong ? Confidence::High : Confidence::Medium,
                      .reasons = static_cast<Reasons>(bit(Reason::Entropy) | bit(Reason::ContextWord)),
                      .begin = span.begin,
                      .end = span.end,
                      .value = std::hash<std::string_view>{}(value),
                      .word = static_cast<std::uint16_t>(word.term),
                      .distance = static_cast<std::uint16_t>(
                          characters_in(inspected.text.substr(word.end, span.begin - word.end)))});
    done = span.end;
  }
}

}  // namespace kuramori::governance
