// Names as they are compared: without regard to case, width and compatibility forms (Unicode NFKC_Casefold).
#pragma once
#include <string>
#include <string_view>

namespace kuramori::people {

// Text that is not well-formed folds to what is well-formed of it.
std::string fold_name(std::string_view text);

// How well a folded name fits what is searched: lower is better, negative is not at all.
int rank_of(std::string_view folded_name, std::string_view folded_term);

}  // namespace kuramori::people
