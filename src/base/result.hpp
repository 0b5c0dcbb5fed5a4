// `Result<T>`: a value, or the `Error` that prevented it. For everything that can go wrong at run time.
//
//   Result<Room> room = find(id);
//   if (!room) return room.error();
//   use(*room);
//
// `KURAMORI_TRY(name, expression)` binds the value or returns the error; `KURAMORI_CHECK(expression)` for
// Result<void>. In coroutines use KURAMORI_CO_TRY / KURAMORI_CO_CHECK.
#pragma once
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace kuramori {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  T value_or(T fallback) && { return has_value() ? std::move(*this).value() : std::move(fallback); }

  template <class F>
  auto and_then(F&& next) && -> std::invoke_result_t<F, T> {
    if (!has_value()) return std::move(*this).error();
    return std::forward<F>(next)(std::move(*this).value());
  }
  template <class F>
  auto transform(F&& map) && -> Result<std::invoke_result_t<F, T>> {
    if (!has_value()) return std::move(*this).error();
    return std::forward<F>(map)(std::move(*this).value());
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace kuramori

#define KURAMORI_DETAIL_JOIN2(a, b) a##b
#define KURAMORI_DETAIL_JOIN(a, b) KURAMORI_DETAIL_JOIN2(a, b)
#define KURAMORI_DETAIL_TRY(tmp, name, expression, returning) \
  auto tmp = (expression);                                    \
  if (!tmp.has_value()) returning std::move(tmp).error();     \
  auto name = std::move(tmp).value()
#define KURAMORI_DETAIL_CHECK(tmp, expression, returning) \
  if (auto tmp = (expression); !tmp.has_value()) returning std::move(tmp).error()

#define KURAMORI_TRY(name, expression) \
  KURAMORI_DETAIL_TRY(KURAMORI_DETAIL_JOIN(result_, __LINE__), name, expression, return)
#define KURAMORI_CHECK(expression) \
  KURAMORI_DETAIL_CHECK(KURAMORI_DETAIL_JOIN(result_, __LINE__), expression, return)
#define KURAMORI_CO_TRY(name, expression) \
  KURAMORI_DETAIL_TRY(KURAMORI_DETAIL_JOIN(result_, __LINE__), name, expression, co_return)
#define KURAMORI_CO_CHECK(expression) \
  KURAMORI_DETAIL_CHECK(KURAMORI_DETAIL_JOIN(result_, __LINE__), expression, co_return)
