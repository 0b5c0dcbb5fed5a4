// Characters that look like a Latin letter, a digit or a separator and are drawn in their place. After
// Unicode Technical Standard 39, narrowed to what can hide a number or an English word.
#pragma once
#include <cstdint>

namespace kuramori::governance {

// The ASCII character that `code_point` looks like; 0 when none.
char looks_like(char32_t code_point);
// Value of a Han digit (〇 一 … 九, and the financial forms); -1 when it is none.
int han_digit(char32_t code_point);
// Drawn as nothing, or changes only the direction or shape of its neighbours.
bool is_invisible(char32_t code_point);
// Written without spaces between words: Han, Hiragana, Katakana.
bool is_cjk(char32_t code_point);

}  // namespace kuramori::governance
