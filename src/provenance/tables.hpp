// What is stored of where content was seen.
#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::provenance {

// content_sightings(mark, position | room_id, label?, origin?, hops, no_forward?): content with the mark was
// sent in the event at `position`, under the label; it came from the event at `origin`. Position 0 (and an
// empty room): a file that was labelled when it was inspected. Files always, texts where they are labelled or
// came from elsewhere. no_forward 1: it is not passed on.
extern const storage::Table kSightings;
// provenance_progress(name | position): up to where the stream was looked at
extern const storage::Table kProgress;

// message_labels(event_id | room_id, label?, position): what somebody labelled a message after it was sent;
// nothing: its label was taken off. `position`: of the message.
extern const storage::Table kMessageLabels;
// mark_labels(mark | label?, position): the same of what it is known again by; counts for all that was seen
// up to `position`.
extern const storage::Table kMarkLabels;

std::span<const storage::Table* const> first_tables();
std::span<const storage::Table* const> label_tables();
std::span<const storage::Table* const> tables();  // all

}  // namespace kuramori::provenance
