#include "storage/blobs_s3/signature.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace kuramori::storage::blobs_s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t kDayCharacters = 8;

crypto::Sha256 mac(ByteView key, std::string_view text) {
  return crypto::hmac_sha256(key, as_bytes(text));
}

}  // namespace

std::string canonical_query(Pairs query) {
  for (auto& [name, value] : query) {
    name = text::percent_encode(name);
    value = text::percent_encode(value);
  }
  std::ranges::sort(query);
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out.push_back('&');
    out.append(name).append("=").append(value);
  }
  return out;
}

std::string amz_date(Timestamp now) {
  const auto seconds = static_cast<std::time_t>(to_unix_ms(now) / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> out{};
  return {out.data(), std::strftime(out.data(), out.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

std::string authorization(const SignedRequest& request, const Credentials& credentials, Timestamp now) {
  Pairs headers = request.headers;
  headers.emplace_back("host", request.host);
  std::ranges::sort(headers);
  std::string names;
  std::string canonical = request.method + "\n" + request.path + "\n" + canonical_query(request.query) + "\n";
  for (const auto& [name, value] : headers) {
    canonical.append(name).append(":").append(text::trim(value)).append("\n");
    if (!names.empty()) names.push_back(';');
    names.append(name);
  }
  canonical.append("\n").append(names).append("\n").append(request.payload_sha256);

  const std::string date = amz_date(now);
  const std::string day = date.substr(0, kDayCharacters);
  const std::string scope = day + "/" + credentials.region + "/s3/aws4_request";
  const std::string to_sign =
      std::string(kAlgorithm) + "\n" + date + "\n" + scope + "\n" + text::to_hex(crypto::sha256(canonical));
  const crypto::Sha256 of_day = mac(as_bytes("AWS4" + credentials.secret_key), day);
  const crypto::Sha256 of_region = mac(of_day, credentials.region);
  const crypto::Sha256 of_service = mac(of_region, "s3");
  const crypto::Sha256 key = mac(of_service, "aws4_request");
  return std::string(kAlgorithm) + " Credential=" + credentials.access_key + "/" + scope +
         ", SignedHeaders=" + names + ", Signature=" + text::to_hex(mac(key, to_sign));
}

}  // namespace kuramori::storage::blobs_s3
