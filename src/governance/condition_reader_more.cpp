#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "governance/document_reader.hpp"

namespace kuramori::governance {

namespace {

using Kind = Condition::Kind;

constexpr std::array<std::string_view, 4> kEmployments{"active", "on_leave", "suspended", "left"};
constexpr std::array<std::string_view, 2> kRoomClasses{"managed", "sealed"};
constexpr std::array<std::string_view, 4> kFileStates{"encrypted", "unreadable", "malware", "not_scanned"};
constexpr std::array<std::string_view, kDestinations> kDestinationWords{"own_department", "other_department",
                                                                        "partner", "customer", "outside"};
constexpr std::array<std::string_view, kLinkVerdicts> kLinkWords{"malicious", "look_alike", "ip_literal",
                                                                 "shortener", "mismatch",   "unlisted"};
constexpr std::array<std::string_view, 7> kDays{"monday", "tuesday",  "wednesday", "thursday",
                                                "friday", "saturday", "sunday"};

class SurroundingReading {
 public:
  SurroundingReading(const ConditionContext& context, std::string pointer)
      : context_(context), reader_(context.reader), pointer_(std::move(pointer)) {}

  Condition read(Kind kind, const json::Value& value) {
    Condition condition{.kind = kind};
    switch (kind) {
      case Kind::Employment:
        condition.values = reader_.texts(value, pointer_);
        bits_of(condition.values, kEmployments, pointer_);
        break;
      case Kind::Destination:
        condition.bits = bits_of(reader_.texts(value, pointer_), kDestinationWords, pointer_);
        break;
      case Kind::RoomClass:
        condition.bits = bits_of(reader_.texts(value, pointer_), kRoomClasses, pointer_);
        break;
      case Kind::FileState:
        condition.bits = bits_of(reader_.texts(value, pointer_), kFileStates, pointer_);
        break;
      case Kind::Link:
        condition.bits = bits_of(reader_.texts(value, pointer_), kLinkWords, pointer_);
        break;
      case Kind::Clearance:
        if (!value.is_string() || json::view(value.get_string()) != "below_label")
          reader_.report(pointer_, "must be \"below_label\"");
        break;
      case Kind::Label:
        read_label(value, condition);
        break;
      case Kind::FileBytes:
        read_bytes(value, condition);
        break;
      case Kind::Time:
        read_time(value, condition);
        break;
      case Kind::Counter:
        read_counter(value, condition);
        break;
      case Kind::Contact:
      case Kind::LabelLowered:
      case Kind::Forwarded:
      case Kind::NoForward:
        if (!value.is_bool()) reader_.report(pointer_, "must be true or false");
        condition.minimum = value.is_bool() && value.get_bool() ? 1 : 0;
        break;
      default:
        condition.values = reader_.texts(value, pointer_);
    }
    return condition;
  }

 private:
  template <std::size_t Count>
  std::uint64_t bits_of(const std::vector<std::string>& names,
                        const std::array<std::string_view, Count>& known, const std::string& pointer) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto found = std::ranges::find(known, names[i]);
      if (found == known.end()) {
        reader_.report(pointer_to(pointer, i), "is none of " + listed(known));
      } else {
        bits |= std::uint64_t{1} << static_cast<unsigned>(found - known.begin());
      }
    }
    return bits;
  }

  LabelSet label_named(const std::string& name, const std::string& pointer, bool and_above) {
    if (const auto label = context_.labels.find(name))
      return and_above ? context_.labels.at_least(*label) : LabelSet{1} << *label;
    reader_.report(pointer, "is not a label of this policy");
    return 0;
  }

  // {"at_least": "confidential"} or {"is": ["public", "internal"]}
  void read_label(const json::Value& value, Condition& condition) {
    const Node node = reader_.object(value, pointer_);
    if (node.object == nullptr) return;
    reader_.only_keys(node, {"at_least", "is"});
    if ((node.find("at_least") != nullptr) == (node.find("is") != nullptr)) {
      reader_.report(pointer_, "needs either 'at_least' or 'is'");
      return;
    }
    if (node.find("at_least") != nullptr) {
      const std::string name = reader_.text(node, "at_least", Presence::Required, {.bytes_min = 1});
      condition.bits = label_named(name, node.at("at_least"), true);
      return;
    }
    const auto names = reader_.texts_at(node, "is");
    for (std::size_t i = 0; i < names.size(); ++i)
      condition.bits |= label_named(names[i], pointer_to(node.at("is"), i), false);
  }

  void read_bytes(const json::Value& value, Condition& condition) {
    const Node node = reader_.object(value, pointer_);
    if (node.object == nullptr) return;
    reader_.only_keys(node, {"at_least", "at_most"});
    condition.minimum = reader_.integer(node, "at_least", 0, {});
    condition.maximum = reader_.integer(node, "at_most", condition.maximum, {});
    if (node.find("at_least") == nullptr && node.find("at_most") == nullptr)
      reader_.report(pointer_, "needs 'at_least' or 'at_most'");
  }

  // "09:30"; 24:00 is the end of the day.
  std::uint16_t read_minute(const Node& node, std::string_view key, std::uint16_t fallback) {
    const std::string time = reader_.text(node, key, Presence::Optional);
    if (time.empty()) return fallback;
    const auto colon = time.find(':');
    if (colon == 2 && time.size() == 5) {
      const auto hour = text::to_integer(time.substr(0, 2));
      const auto minute = text::to_integer(time.substr(3));
      if (hour && minute && *hour >= 0 && *minute >= 0 && *minute < 60 && *hour * 60 + *minute <= 1440)
        return static_cast<std::uint16_t>((*hour * 60) + *minute);
    }
    reader_.report(node.at(key), "is not a time of day such as 09:30");
    return fallback;
  }

  void read_time(const json::Value& value, Condition& condition) {
    const Node node = reader_.object(value, pointer_);
    if (node.object == nullptr) return;
    reader_.only_keys(node, {"days", "from", "to", "zone"});
    TimeWindow::Description description;
    if (node.find("days") != nullptr)
      description.days =
          static_cast<std::uint8_t>(bits_of(reader_.texts_at(node, "days"), kDays, node.at("days")));
    description.from_minute = read_minute(node, "from", 0);
    description.to_minute = read_minute(node, "to", 1440);
    description.zone = reader_.text(node, "zone", Presence::Required, {.bytes_min = 1, .bytes_max = 64});
    if (description.from_minute == description.to_minute)
      reader_.report(pointer_, "is empty: 'from' and 'to' are the same");
    if (description.zone.empty()) return;
    auto window = TimeWindow::make(std::move(description));
    if (window) {
      condition.window = *std::move(window);
    } else {
      reader_.report(node.at("zone"), "is not a time zone such as Asia/Tokyo");
    }
  }

  // {"id": "downloads", "more_than": 20}
  void read_counter(const json::Value& value, Condition& condition) {
    const Node node = reader_.object(value, pointer_);
    if (node.object == nullptr) return;
    reader_.only_keys(node, {"id", "more_than"});
    condition.reference = reader_.text(node, "id", Presence::Required, {.bytes_min = 1, .bytes_max = 64});
    condition.minimum = reader_.integer(node, "more_than", 0, {.min = 1, .max = 10'000});
    if (node.find("more_than") == nullptr) reader_.report(pointer_, "lacks 'more_than'");
    const auto found = std::ranges::find(context_.counters, condition.reference);
    if (found == context_.counters.end()) {
      if (!condition.reference.empty()) reader_.report(node.at("id"), "names a counter that does not exist");
      return;
    }
    condition.source = static_cast<std::uint32_t>(found - context_.counters.begin());
  }

  const ConditionContext& context_;
  DocumentReader& reader_;
  std::string pointer_;
};

}  // namespace

bool is_surrounding(Kind kind) {
  return kind >= Kind::Department;
}

Condition read_surrounding(const ConditionContext& context, Kind kind, const json::Value& value,
                           const std::string& pointer) {
  return SurroundingReading(context, pointer).read(kind, value);
}

}  // namespace kuramori::governance
