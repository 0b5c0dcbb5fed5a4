// Aliases in the namespaces of application services.
#pragma once
#include "api/client/pipeline.hpp"
#include "rooms/directory.hpp"

namespace kuramori::api::client {

// M_EXCLUSIVE where the caller may not make the alias: a person one that belongs to a service, a service one
// outside of its namespaces.
Result<void> check_alias(const Call& call, const Pipeline& pipeline, const RoomAlias& alias);
// The alias's room; an alias that nobody has made yet is asked of the service whose it would be ("Querying").
runtime::Task<Result<RoomId>> resolve_or_make(const Call& call, Pipeline& pipeline,
                                              rooms::Directory& directory, RoomAlias alias);

}  // namespace kuramori::api::client
