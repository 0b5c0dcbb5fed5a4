// The organisation: what is in force, its history, imports and single entries of it.
#pragma once
#include "api/resource/pipeline.hpp"
#include "net/router.hpp"
#include "runtime/worker_pool.hpp"
#include "workforce/organisation_store.hpp"

namespace kuramori::api::admin {

struct OrganisationServices {
  workforce::OrganisationStore& organisations;
  runtime::WorkerPool& workers;  // documents are megabytes: they are read and written there
};

// All of the following. Pipeline and services outlive the router.
void add_organisation_routes(net::Router& router, resource::Pipeline& pipeline,
                             OrganisationServices& services);

void add_organisation_import_routes(net::Router& router, resource::Pipeline& pipeline,
                                    OrganisationServices& services);
void add_organisation_version_routes(net::Router& router, resource::Pipeline& pipeline,
                                     OrganisationServices& services);
void add_organisation_entry_routes(net::Router& router, resource::Pipeline& pipeline,
                                   OrganisationServices& services);

}  // namespace kuramori::api::admin
