#include "organisation/content.hpp"

namespace kuramori::organisation {

std::string_view to_string(UnitKind kind) {
  return kind == UnitKind::LegalEntity ? "legal_entity" : "department";
}

std::string_view to_string(Employment employment) {
  switch (employment) {
    case Employment::Active:
      return "active";
    case Employment::OnLeave:
      return "on_leave";
    case Employment::Suspended:
      return "suspended";
    case Employment::Left:
      return "left";
  }
  return "";
}

std::string_view to_string(ContactKind kind) {
  return kind == ContactKind::Partner ? "partner" : "customer";
}

std::string to_text(const Selector& selector) {
  using Kind = Selector::Kind;
  switch (selector.kind) {
    case Kind::Everybody:
      return "everybody";
    case Kind::Employees:
      return "employees";
    case Kind::Partners:
      return "partners";
    case Kind::Customers:
      return "customers";
    case Kind::Unit:
      return "unit:" + selector.value;
    case Kind::Role:
      return "role:" + selector.value;
  }
  return {};
}

}  // namespace kuramori::organisation
