// Routes by method and path before anything else happens: an unknown path is 404 M_UNRECOGNIZED and a known path with
// another method 405 M_UNRECOGNIZED, both without authentication (client-server API, "Common error codes").
//
//   router.add(Method::Put, "/_matrix/client/v3/rooms/{room}/send/{type}/{txn}", handler, options);
//
// Matching is per segment over the encoded path; parameters are percent-decoded afterwards, so an encoded slash stays inside
// its segment. A final "{name...}" takes the rest, slashes included. A bad escape or invalid UTF-8 in a parameter is 400.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_types.hpp"
#include "runtime/task.hpp"

namespace kuramori::net {

using Handler = std::function<runtime::Task<Response>(Request&)>;

struct RouteOptions {
  std::size_t body_bytes_max = 1'048'576;
  // Waits by design (a long poll): not counted against the bound on concurrent work.
  bool may_park = false;
  // The handler reads the body itself, through Request::body_reader, and starts when the header is complete. Bounded by
  // body_bytes_max alone, whatever the server's own; not counted against the bound on concurrent work, because how long
  // it takes is the client's affair: the handler bounds how many there are.
  bool streams_body = false;
};

struct Route {
  Method method;
  std::string pattern;
  Handler handler;
  RouteOptions options;
};

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;

  void add(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});

  struct Match {
    const Route* route = nullptr;          // null: see status
    int status = 404;                      // 404, 405 or 400
    std::vector<std::string> allowed;      // for 405
    std::vector<std::string> parameters;
  };
  Match match(Method method, std::string_view path) const;
  std::vector<std::pair<Method, std::string>> routes() const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace kuramori::net
