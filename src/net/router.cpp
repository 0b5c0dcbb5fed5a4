#include "net/router.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "net/detail/target.hpp"

namespace kuramori::net {
namespace {

constexpr std::size_t kParametersMax = 16;

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}
bool is_rest(std::string_view segment) {
  return is_parameter(segment) && segment.ends_with("...}");
}

// Cuts the first segment off; `path` keeps what follows the slash, and `more` tells whether there was one.
struct Segment {
  std::string_view text;
  std::string_view after;
  bool more;
};
Segment cut(std::string_view path) {
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return {path, {}, false};
  return {path.substr(0, slash), path.substr(slash + 1), true};
}

}  // namespace

struct Router::Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;  // sorted by name
  std::unique_ptr<Node> parameter;
  std::vector<std::unique_ptr<Route>> routes;       // that end here
  std::vector<std::unique_ptr<Route>> rest_routes;  // that take everything from here on

  Node& literal(std::string_view name) {
    const auto at =
        std::ranges::lower_bound(literals, name, {}, [](const auto& p) { return std::string_view(p.first); });
    if (at != literals.end() && at->first == name) return *at->second;
    return *literals.emplace(at, std::string(name), std::make_unique<Node>())->second;
  }
  const Node* find_literal(std::string_view name) const {
    const auto at =
        std::ranges::lower_bound(literals, name, {}, [](const auto& p) { return std::string_view(p.first); });
    return at != literals.end() && at->first == name ? at->second.get() : nullptr;
  }

  struct Search;
};

// Literals before parameters before the rest, with backtracking: the depth is that of the longest pattern.
struct Router::Node::Search {
  Method method;
  std::array<std::string_view, kParametersMax> captured{};
  std::size_t captured_count = 0;
  std::vector<const Route*> other_methods{};

  const Route* choose(const std::vector<std::unique_ptr<Route>>& candidates) {
    const Route* get = nullptr;
    for (const auto& route : candidates) {
      if (route->method == method) return route.get();
      if (route->method == Method::Get) get = route.get();
    }
    if (method == Method::Head && get != nullptr) return get;
    for (const auto& route : candidates) other_methods.push_back(route.get());
    return nullptr;
  }

  const Route* take(const Node& next, const Segment& segment) {
    return segment.more ? descend(next, segment.after) : choose(next.routes);
  }

  const Route* descend(const Node& node, std::string_view path) {
    const Segment segment = cut(path);
    if (const Node* literal = node.find_literal(segment.text)) {
      if (const Route* found = take(*literal, segment)) return found;
    }
    // A parameter may be empty only at the very end (".../state/{type}/" is the empty state key).
    if (node.parameter && !(segment.text.empty() && segment.more)) {
      captured[captured_count++] = segment.text;
      if (const Route* found = take(*node.parameter, segment)) return found;
      --captured_count;
    }
    if (!node.rest_routes.empty()) {
      if (const Route* found = choose(node.rest_routes)) {
        captured[captured_count++] = path;
        return found;
      }
    }
    return nullptr;
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

void Router::add(Method method, std::string_view pattern, Handler handler, RouteOptions options) {
  ensure(pattern.starts_with('/'), "a route's pattern begins with a slash");
  auto route = std::make_unique<Route>(Route{method, std::string(pattern), std::move(handler), options});
  Node* node = root_.get();
  std::size_t parameters = 0;
  bool takes_rest = false;
  std::string_view path = pattern.substr(1);
  for (bool more = true; more;) {
    const Segment segment = cut(path);
    if (is_parameter(segment.text)) ensure(++parameters <= kParametersMax, "a route has too many parameters");
    if (is_rest(segment.text)) {
      ensure(!segment.more, "a parameter that takes the rest is the last one");
      takes_rest = true;
    } else if (is_parameter(segment.text)) {
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    } else {
      node = &node->literal(segment.text);
    }
    path = segment.after;
    more = segment.more;
  }
  auto& routes = takes_rest ? node->rest_routes : node->routes;
  for (const auto& other : routes) ensure(other->method != method, "a route is added twice");
  routes.push_back(std::move(route));
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  Node::Search search{.method = method};
  const Route* route = search.descend(*root_, path.substr(1));
  if (route == nullptr) {
    if (search.other_methods.empty()) return match;
    match.status = 405;
    const auto allow = [&](Method allowed) {
      const std::string name(to_string(allowed));
      if (std::ranges::find(match.allowed, name) == match.allowed.end()) match.allowed.push_back(name);
    };
    for (const Route* other : search.other_methods) {
      allow(other->method);
      if (other->method == Method::Get) allow(Method::Head);
    }
    allow(Method::Options);
    return match;
  }
  match.parameters.reserve(search.captured_count);
  for (std::size_t i = 0; i < search.captured_count; ++i) {
    auto decoded = detail::decode_parameter(search.captured[i]);
    if (!decoded) {
      match.parameters.clear();
      match.status = 400;
      return match;
    }
    match.parameters.push_back(*std::move(decoded));
  }
  match.route = route;
  match.status = 200;
  return match;
}

std::vector<std::pair<Method, std::string>> Router::routes() const {
  std::vector<std::pair<Method, std::string>> all;
  const auto visit = [&all](const auto& self, const Node& node) -> void {
    for (const auto& route : node.routes) all.emplace_back(route->method, route->pattern);
    for (const auto& route : node.rest_routes) all.emplace_back(route->method, route->pattern);
    for (const auto& [name, child] : node.literals) self(self, *child);
    if (node.parameter) self(self, *node.parameter);
  };
  visit(visit, *root_);
  return all;
}

}  // namespace kuramori::net
