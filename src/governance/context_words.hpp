// The words that tell what a number or a value is, in English, Chinese (both scripts) and Japanese.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "governance/detectors.hpp"
#include "governance/term_search.hpp"

namespace kuramori::governance {

struct ContextWord {
  std::string_view text;
  TopicSet topics;
};

// All of them, first those of health_words().
std::span<const ContextWord> context_words();
std::span<const ContextWord> health_words();

// Searches the words of `topics`. Their `source` is their place among context_words(). Built once for each
// set of topics in use.
std::unique_ptr<TermSearch> search_for(TopicSet topics);

}  // namespace kuramori::governance
