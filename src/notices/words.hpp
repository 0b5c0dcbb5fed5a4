// What people are told, in the four languages. Never of the content.
#pragma once
#include "gate/refusal.hpp"
#include "notices/gathering.hpp"

namespace kuramori::notices {

gate::Localised words_of(const Notice& notice);

}  // namespace kuramori::notices
