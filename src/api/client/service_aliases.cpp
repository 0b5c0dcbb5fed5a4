#include "api/client/service_aliases.hpp"

#include "api/client/service_callers.hpp"

namespace kuramori::api::client {

Result<void> check_alias(const Call& call, const Pipeline& pipeline, const RoomAlias& alias) {
  const ServiceCallers* services = pipeline.services();
  if (services == nullptr) return {};
  if (!call.service.empty() && services->covers_alias(call.service, alias)) return {};
  const bool is_open = call.service.empty() && !services->is_alias_taken(alias, {});
  if (is_open) return {};
  return Error(ErrorCode::InvalidArgument, "M_EXCLUSIVE",
               call.service.empty() ? "This alias belongs to an application service."
                                    : "This alias does not lie in the application service's namespaces.");
}

runtime::Task<Result<RoomId>> resolve_or_make(const Call& call, Pipeline& pipeline,
                                              rooms::Directory& directory, RoomAlias alias) {
  auto room = co_await directory.resolve(alias);
  const bool is_unknown = !room && room.error().code() == ErrorCode::NotFound;
  if (!is_unknown || pipeline.services() == nullptr || !call.service.empty()) co_return room;
  auto making = pipeline.services()->make_alias(call.subject, alias);
  const bool is_made = co_await std::move(making);
  if (!is_made) co_return room;
  auto made = co_await directory.resolve(alias);
  co_return made;
}

}  // namespace kuramori::api::client
