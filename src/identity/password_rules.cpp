#include "identity/password_rules.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"

namespace kuramori::identity {
namespace {

constexpr std::array<std::string_view, 24> kWellKnown = {
    "password", "password1",  "password12", "password123", "passw0rd", "p@ssw0rd",
    "12345678", "123456789",  "1234567890", "87654321",    "11111111", "88888888",
    "qwertyui", "qwertyuiop", "qwerty123",  "1q2w3e4r",    "1qaz2wsx", "abc12345",
    "abcd1234", "iloveyou",   "changeme1",  "admin123",    "letmein1", "welcome1"};

std::size_t count_characters(std::string_view text) {
  const auto starts_one = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_one));
}

Error weak(std::string message) {
  return {ErrorCode::InvalidArgument, "M_WEAK_PASSWORD", std::move(message)};
}

}  // namespace

Result<void> check_password(const PasswordLimits& limits, std::string_view localpart,
                            std::string_view password) {
  if (!text::is_valid_utf8(password)) return invalid_argument("The password is not valid UTF-8.");
  if (password.size() > limits.bytes_max) {
    return invalid_argument("The password is longer than " + std::to_string(limits.bytes_max) + " bytes.");
  }
  if (count_characters(password) < limits.characters_min) {
    return weak("The password needs at least " + std::to_string(limits.characters_min) + " characters.");
  }
  const std::string lower = text::to_lower_ascii(password);
  if (!localpart.empty() && lower == text::to_lower_ascii(localpart)) {
    return weak("The password must not be the user name.");
  }
  if (std::ranges::find(kWellKnown, lower) != kWellKnown.end()) {
    return weak("This password is one of the first that an attacker tries.");
  }
  if (std::ranges::all_of(password, [&](char c) { return c == password.front(); })) {
    return weak("The password repeats a single character.");
  }
  return {};
}

}  // namespace kuramori::identity
