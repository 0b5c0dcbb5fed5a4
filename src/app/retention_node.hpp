// How long one organisation keeps what is labelled.
#pragma once
#include "app/node.hpp"
#include "media/library.hpp"
#include "retention/retention.hpp"

namespace kuramori::app {

class FilesOfRetention final : public retention::Files {
 public:
  FilesOfRetention(media::Library& library, gate::Gate& gate, const Clock& clock)
      : library_(library), gate_(gate), clock_(clock) {}
  Result<bool> destroy(const std::string& uri) override;

 private:
  runtime::Task<Result<void>> remove(media::MediaId id);

  media::Library& library_;
  gate::Gate& gate_;
  const Clock& clock_;
};

class RetentionNode {
 public:
  RetentionNode(Node& node, media::Library& library);
  retention::Retention& job() { return job_; }

 private:
  FilesOfRetention files_;
  retention::Retention job_;
};

}  // namespace kuramori::app
