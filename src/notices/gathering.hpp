// How many acts make one notice: of one rule, a person is told of the first at once, and then of all that
// came since, once in a while. Pure; the clock is an argument.
//
//   Gathering gathering(std::chrono::minutes(1));
//   gathering.add({.to = manager, .rule = "projects"}, occurrence, now);
//   for (const Notice& notice : gathering.take_due(now)) tell(notice.to, words_of(notice));
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "gate/ports.hpp"

namespace kuramori::notices {

struct Heading {
  UserId to = {};
  std::string rule = {};
  std::optional<governance::Severity> alert = {};  // nothing: a notice
  friend auto operator<=>(const Heading&, const Heading&) = default;
};

struct Notice {
  Heading heading = {};
  std::int64_t acts = 0;
  gate::Occurrence last = {};
  Timestamp first_at{};
  std::vector<UserId> people = {};  // who acted, each once, at most kNamesMax
  std::vector<RoomId> rooms = {};   // where
  bool names_more = false;          // there were others besides
};

class Gathering {
 public:
  static constexpr std::size_t kHeapsMax = 10'000;
  static constexpr std::size_t kNamesMax = 5;

  explicit Gathering(Milliseconds every) : every_(every) {}

  // False: there are too many heaps.
  bool add(const Heading& heading, const gate::Occurrence& occurrence);
  // What is to be told now.
  std::vector<Notice> take_due(SteadyTime now);
  // Everything, whether due or not.
  std::vector<Notice> take_all();
  bool empty() const { return heaps_.empty(); }

 private:
  struct Heap {
    Notice notice = {};
    std::optional<SteadyTime> told = {};  // the last time
  };
  const Milliseconds every_;
  std::map<Heading, Heap> heaps_;
};

}  // namespace kuramori::notices
