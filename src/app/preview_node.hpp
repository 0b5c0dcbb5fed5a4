// Previews of links: pages by the client of outgoing HTTP, pictures kept in the library of files.
#pragma once
#include <memory>

#include "app/organisation.hpp"
#include "media/library.hpp"
#include "net/http_client.hpp"
#include "previews/previews.hpp"

namespace kuramori::app {

class PreviewNode {
 public:
  struct Ports {
    net::HttpClient& client;
    gate::Gate& gate;
    media::Library& library;
  };
  PreviewNode(const Config& config, const Environment& environment, Ports ports);

  previews::Previews& previews() { return previews_; }
  // Fetches under way end: the server stops.
  void drain() { stopping_.request_stop(); }

 private:
  class Pages final : public previews::PageFetcher {
   public:
    Pages(net::HttpClient& client, std::stop_token stop) : client_(client), stop_(std::move(stop)) {}
    runtime::Task<Result<previews::Page>> fetch(std::string url, previews::Place place,
                                                std::size_t bytes_max) override;

   private:
    net::HttpClient& client_;
    std::stop_token stop_;
  };
  // As the server's own: they count towards nobody's quota and go some time after the answer that names them.
  class Pictures final : public previews::PictureKeeper {
   public:
    Pictures(gate::Gate& gate, media::Library& library) : gate_(gate), library_(library) {}
    runtime::Task<Result<std::string>> keep(std::string content_type, std::string content,
                                            Milliseconds at_least) override;

   private:
    gate::Gate& gate_;
    media::Library& library_;
  };

  std::stop_source stopping_;
  Pages pages_;
  Pictures pictures_;
  previews::Previews previews_;
};

}  // namespace kuramori::app
