#include "approvals/excerpts.hpp"

namespace kuramori::approvals {
namespace {

constexpr std::size_t kExcerptMax = 400;

}  // namespace

std::shared_ptr<const governance::Inspector> Excerpts::inspector_for(const governance::CompiledPolicy& policy) {
  const std::scoped_lock lock(mutex_);
  if (version_ == policy.version() && inspector_ != nullptr) return inspector_;
  governance::PolicyDocument document = policy.document();
  auto made = governance::Inspector::compile(document, governance::Scope::Everything);
  if (!made) return nullptr;
  inspector_ = *std::move(made);
  version_ = policy.version();
  return inspector_;
}

std::string Excerpts::of(const governance::CompiledPolicy& policy, const json::Object& content) {
  const auto inspector = inspector_for(policy);
  if (inspector == nullptr) return "…";
  const auto inspection = inspector->inspect(content, governance::Masks::Yes);
  if (!inspection) return "…";
  std::vector<std::uint32_t> sources;
  for (std::uint32_t i = 0; i < inspector->sources(); ++i) sources.push_back(i);
  const json::Object masked = governance::mask(content, *inspection, sources);
  std::string text(json::string_or(masked, "body", ""));
  if (text.size() <= kExcerptMax) return text;
  std::size_t end = kExcerptMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

}  // namespace kuramori::approvals
