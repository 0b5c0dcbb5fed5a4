#include "link_risk/public_suffixes.hpp"

#include <libpsl.h>

#include "base/assert.hpp"

namespace kuramori::link_risk {

struct PublicSuffixes::Handle {
  struct Free {
    void operator()(psl_ctx_t* loaded) const { psl_free(loaded); }
  };
  // Null: the built-in list, which nobody frees.
  std::unique_ptr<psl_ctx_t, Free> owned;
  const psl_ctx_t* list = nullptr;
};

PublicSuffixes PublicSuffixes::built_in() {
  auto handle = std::make_shared<Handle>();
  handle->list = psl_builtin();
  ensure(handle->list != nullptr, "the public suffix library has its list");
  return PublicSuffixes(std::move(handle));
}

Result<PublicSuffixes> PublicSuffixes::from_file(const std::filesystem::path& file) {
  auto handle = std::make_shared<Handle>();
  handle->owned.reset(psl_load_file(file.c_str()));
  handle->list = handle->owned.get();
  if (handle->list == nullptr)
    return invalid_argument("The file is not a public suffix list: " + file.string());
  return PublicSuffixes(std::move(handle));
}

std::string PublicSuffixes::registrable_domain(const std::string& host) const {
  const char* found = psl_registrable_domain(handle_->list, host.c_str());
  return found == nullptr ? std::string() : std::string(found);
}

bool PublicSuffixes::has_known_suffix(std::string_view host) const {
  const std::size_t last = host.rfind('.');
  const std::string top(last == std::string_view::npos ? host : host.substr(last + 1));
  if (top.empty()) return false;
  return psl_is_public_suffix2(handle_->list, top.c_str(), PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}

}  // namespace kuramori::link_risk
