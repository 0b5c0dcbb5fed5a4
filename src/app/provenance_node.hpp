// What one organisation knows of where content comes from.
#pragma once
#include "api/work/requests_routes.hpp"
#include "app/organisation.hpp"
#include "inspection/ports.hpp"
#include "provenance/history.hpp"
#include "provenance/keeper.hpp"

namespace kuramori::app {

class ProvenanceNode final : public inspection::FileLabels {
 public:
  ProvenanceNode(Environment environment, Organisation& organisation, rooms::RoomService& rooms);

  // Reads what is stored; blocking. Before anybody is served.
  Result<void> load() { return keeper_.load(); }
  void label(storage::UnitOfWork& work, const media::MediaId& id, const std::string& label) override;

  provenance::ContentBook& book() { return book_; }
  provenance::History& history() { return history_; }
  provenance::Keeper& keeper() { return keeper_; }
  api::work::ProvenanceServices& services() { return services_; }
  api::work::LabelServices& label_services() { return label_services_; }

 private:
  provenance::ContentBook book_;
  provenance::Keeper keeper_;
  provenance::History history_;
  api::work::ProvenanceServices services_;
  provenance::Relabelling relabelling_;
  api::work::LabelServices label_services_;
};

}  // namespace kuramori::app
