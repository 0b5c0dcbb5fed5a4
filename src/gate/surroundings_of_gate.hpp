// The world around one act, put together for the policy from what higher floors provide. Asks for nothing
// before a condition does.
#pragma once
#include <memory>
#include <optional>

#include "gate/counter_book.hpp"
#include "gate/gate.hpp"
#include "governance/policy_document.hpp"

namespace kuramori::gate {

class SurroundingsOfGate : public governance::Surroundings {
 public:
  SurroundingsOfGate(const Gate::Providers& providers, CounterBook& counters,
                     const governance::PolicyDocument& policy)
      : providers_(providers), counters_(counters), policy_(policy) {}

  bool works_in(std::string_view user, std::string_view unit) const override;
  bool list_units(std::string_view user, std::vector<std::string_view>& units) const override;
  bool has_role(std::string_view user, std::string_view role) const override;
  std::string_view clearance(std::string_view user) const override;
  std::string_view region(std::string_view user) const override;
  std::string_view employment(std::string_view user) const override;
  bool may_contact(std::string_view user, std::string_view other) const override;
  std::optional<governance::Destination> destination(std::string_view sender,
                                                     std::string_view room) const override;
  governance::Destination place_of(std::string_view user, std::string_view other) const override;
  bool is_encrypted(std::string_view room) const override;
  std::string_view label(std::string_view room) const override;
  governance::LinkVerdicts links(const json::Object& content) const override;
  governance::ContentOrigin origin(const json::Object& content, std::string_view room) const override;
  std::uint32_t recent(std::size_t counter, const governance::Question& question) const override;

 private:
  const governance::PersonFacts* people() const;
  const governance::RoomFacts* rooms() const;

  const Gate::Providers& providers_;
  CounterBook& counters_;
  const governance::PolicyDocument& policy_;
  mutable std::shared_ptr<const governance::PersonFacts> people_;
  mutable std::shared_ptr<const governance::RoomFacts> rooms_;
  mutable std::optional<governance::LinkVerdicts> links_;
  mutable std::optional<governance::ContentOrigin> origin_;
};

}  // namespace kuramori::gate
