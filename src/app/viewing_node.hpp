// Files that are shown page by page, and what that asks of the rest.
#pragma once
#include "api/client/viewer_page.hpp"
#include "api/work/viewing_routes.hpp"
#include "app/approvals_node.hpp"
#include "app/media_node.hpp"
#include "app/node.hpp"
#include "viewing/viewer.hpp"

namespace kuramori::app {

sandbox::Sandbox::Options pages_sandbox(const Config& config);

// By approvals, and by the messages in rooms that name a file.
class TiesOfFiles final : public viewing::Ties {
 public:
  TiesOfFiles(Node& node, approvals::Approvals& approvals) : node_(node), approvals_(approvals) {}
  runtime::Task<Result<bool>> decides_about(UserId person, std::string uri) override;
  runtime::Task<Result<bool>> sees(gate::Subject person, std::string uri) override;

 private:
  runtime::Task<Result<bool>> sees_it_in(gate::Subject person, provenance::Hop place, std::string uri);

  Node& node_;
  approvals::Approvals& approvals_;
};

class NamesOfReaders final : public viewing::Readers {
 public:
  explicit NamesOfReaders(identity::Profiles& profiles) : profiles_(profiles) {}
  runtime::Task<std::string> name_of(UserId person) override;

 private:
  identity::Profiles& profiles_;
};

class ViewingNode {
 public:
  ViewingNode(Node& node, MediaNode& media, approvals::Approvals& approvals);

  viewing::Viewer& viewer() { return viewer_; }
  void add_routes(net::Router& router, api::client::Pipeline& pages, api::resource::Pipeline& employees);

 private:
  runtime::Task<Result<gate::Subject>> holder_of(viewing::Ticket ticket);

  Node& node_;
  TiesOfFiles ties_;
  NamesOfReaders readers_;
  sandbox::Sandbox sandbox_;
  viewing::Viewer viewer_;
  viewing::Tickets tickets_;
  api::work::ViewingServices services_;
  api::client::ViewerPageServices page_services_;
};

}  // namespace kuramori::app
