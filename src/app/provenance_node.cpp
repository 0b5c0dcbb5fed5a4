#include "app/provenance_node.hpp"

namespace kuramori::app {

ProvenanceNode::ProvenanceNode(Environment environment, Organisation& organisation, rooms::RoomService& rooms)
    : book_(provenance::MarkKey(organisation.keys().organisation_key()),
            [&organisation] { return organisation.gate().policy(); }),
      keeper_({.store = organisation.store(),
               .keys = organisation.keys(),
               .book = book_,
               .log = environment.log}),
      history_(organisation.store(), book_.marks()),
      services_{.history = history_, .rooms = rooms},
      relabelling_({.store = organisation.store(),
                    .keys = organisation.keys(),
                    .gate = organisation.gate(),
                    .book = book_}),
      label_services_{relabelling_} {}

void ProvenanceNode::label(storage::UnitOfWork& work, const media::MediaId& id, const std::string& label) {
  book_.label_file(work, id.to_uri(), label);
}

}  // namespace kuramori::app
