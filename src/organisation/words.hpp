// The words of the written forms, which JSON and CSV share.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "organisation/content.hpp"

namespace kuramori::organisation {

template <class Value, std::size_t Count>
using Words = std::array<Value, Count>;

constexpr Words<UnitKind, 2> kUnitKinds{UnitKind::LegalEntity, UnitKind::Department};
constexpr Words<Employment, 4> kEmployments{Employment::Active, Employment::OnLeave, Employment::Suspended,
                                            Employment::Left};
constexpr Words<ContactKind, 2> kContactKinds{ContactKind::Partner, ContactKind::Customer};

template <class Value, std::size_t Count>
std::optional<Value> find_word(const Words<Value, Count>& words, std::string_view text) {
  for (const Value word : words) {
    if (to_string(word) == text) return word;
  }
  return std::nullopt;
}

template <class Value, std::size_t Count>
std::string listed(const Words<Value, Count>& words) {  // "a, b or c"
  std::string text;
  for (std::size_t i = 0; i < Count; ++i) {
    if (i > 0) text += i + 1 == Count ? " or " : ", ";
    text += to_string(words[i]);
  }
  return text;
}

std::optional<Selector> parse_selector(std::string_view text);
bool is_user_id(std::string_view text);  // the shape alone; whether there is an account is another question
bool is_unit_id(std::string_view text);  // letters, digits, '_', '-', '.', at most 64
bool is_region(std::string_view text);   // ISO 3166-1 alpha-2 or ISO 3166-2 by its shape

}  // namespace kuramori::organisation
