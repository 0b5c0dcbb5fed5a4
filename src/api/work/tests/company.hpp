// A small company, and what the employees' interface asks of the rest of the house.
#pragma once
#include "api/resource/tests/server.hpp"
#include "approvals/ports.hpp"
#include "approvals/tables.hpp"
#include "gate/policy_store.hpp"
#include "provenance/tables.hpp"
#include "rooms/tables.hpp"

namespace kuramori::api::work::testing {

using resource::testing::Reply;
using resource::testing::Server;

inline std::vector<const storage::Table*> tables() {
  std::vector<const storage::Table*> all;
  for (const storage::Table* table : rooms::tables()) all.push_back(table);
  for (const storage::Table* table : approvals::tables()) all.push_back(table);
  for (const storage::Table* table : provenance::tables()) all.push_back(table);
  all.push_back(&gate::kPolicies);
  return all;
}

class Profiles final : public rooms::ProfileSource {
 public:
  runtime::Task<Result<rooms::MemberProfile>> profile_of(UserId) override {
    co_return rooms::MemberProfile();
  }
};

class Authors final : public rooms::Authors {
 public:
  runtime::Task<Result<gate::Subject>> author(UserId user, DeviceId device) override {
    gate::Subject subject;
    subject.user = std::move(user);
    subject.device = std::move(device);
    co_return subject;
  }
};

// aiko and ken work in a unit that mia heads; mia answers to boss.
class Company final : public approvals::Organisation {
 public:
  Company() {
    organisation::Content content;
    content.units = {{.id = "kura",
                      .kind = organisation::UnitKind::LegalEntity,
                      .name = "Kura",
                      .parent = "",
                      .head = UserId("@boss:example.org")},
                     {.id = "sales", .name = "Sales", .parent = "kura", .head = UserId("@mia:example.org")}};
    for (const auto& [name, unit] : {std::pair("boss", "kura"), std::pair("mia", "sales"),
                                     std::pair("aiko", "sales"), std::pair("ken", "sales")}) {
      organisation::Person person;
      person.user = UserId("@" + std::string(name) + ":example.org");
      person.name = name;
      person.posts = {{.unit = unit, .title = ""}};
      content.people.push_back(std::move(person));
    }
    directory_ = organisation::Directory::check(std::move(content)).directory;
    ensure(directory_ != nullptr, "the company is sound");
  }
  organisation::DirectoryPtr directory() const override { return directory_; }

 private:
  organisation::DirectoryPtr directory_;
};

}  // namespace kuramori::api::work::testing
