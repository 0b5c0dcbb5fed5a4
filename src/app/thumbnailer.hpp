// Pictures are made smaller in the sandbox.
#pragma once
#include "app/config.hpp"
#include "app/organisation.hpp"
#include "media/ports.hpp"
#include "sandbox/sandbox.hpp"

namespace kuramori::app {

// The program and the limits that the configuration asks for.
sandbox::Sandbox::Options thumbnail_sandbox(const Config& config);

class SandboxedThumbnailer final : public media::Thumbnailer {
 public:
  SandboxedThumbnailer(const Config& config, const Environment& environment);
  runtime::Task<Result<Made>> make(media::ThumbnailWish wish, media::PieceFeed original) override;

 private:
  std::uint64_t pixels_max_;
  sandbox::Sandbox sandbox_;
};

}  // namespace kuramori::app
