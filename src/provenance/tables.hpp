// What is stored of where content was seen.
#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::provenance {

// content_sightings(mark, position | room_id, label?, origin?, hops): content with the mark was sent in the
// event at `position`, under the label; it came from the event at `origin`. Position 0 (and an empty room): a
// file that was labelled when it was inspected. Files always, texts where they are labelled or came from
// elsewhere.
extern const storage::Table kSightings;
// provenance_progress(name | position): up to where the stream was looked at
extern const storage::Table kProgress;

std::span<const storage::Table* const> tables();

}  // namespace kuramori::provenance
