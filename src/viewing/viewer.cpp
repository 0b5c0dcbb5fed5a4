#include "viewing/viewer.hpp"

#include "media/open_file.hpp"
#include "sandbox/frames.hpp"
#include "sandbox/thumbnail_job.hpp"

namespace kuramori::viewing {
namespace {

using runtime::Task;
using sandbox::PageRefusal;
using sandbox::PageRequest;
using sandbox::PageSummary;

// A long name would thin the watermark out.
constexpr std::size_t kNameCharactersMax = 24;

std::string shortened(std::string_view name) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if ((static_cast<unsigned char>(name[at]) & 0xC0U) == 0x80U) continue;
    if (characters++ == kNameCharactersMax) return std::string(name.substr(0, at)) + "…";
  }
  return std::string(name);
}

std::string bounded(std::string line) {
  if (line.size() > PageRequest::kMarkLineBytesMax) line.resize(PageRequest::kMarkLineBytesMax);
  return line;
}

// "2026-11-29T14:03:05Z" → "2026-11-29 14:03 UTC"
std::string minute_of(Timestamp time) {
  std::string text = to_rfc3339(time);
  constexpr std::size_t kMinutes = 16;
  if (text.size() < kMinutes) return text;
  text.resize(kMinutes);
  text[10] = ' ';
  return text + " UTC";
}

Error not_shown(std::string why, std::string detail) {
  return Error(ErrorCode::Unsupported, "KURAMORI_NOT_SHOWN", std::move(why)).with_detail(std::move(detail));
}

Error to_error(const sandbox::Outcome& outcome) {
  if (outcome.ending == sandbox::Ending::OutOfTime || outcome.ending == sandbox::Ending::OutOfMemory)
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "This file is too large to be shown.");
  if (outcome.ending != sandbox::Ending::Refused)
    return not_shown("This file cannot be shown; ask a security officer to look at it.",
                     std::string(to_string(outcome.ending)));
  switch (sandbox::decode_page_refusal(outcome.summary).value_or(PageRefusal::Damaged)) {
    case PageRefusal::NoSuchPage:
      return not_found("The file has no such page.");
    case PageRefusal::TooLarge:
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "This file is too large to be shown.");
    case PageRefusal::Encrypted:
      return not_shown("This file is encrypted and cannot be shown; upload it without a password.",
                       "encrypted");
    case PageRefusal::NothingToShow:
      return not_shown("There is nothing in this file that can be shown as pages.", "nothing to show");
    case PageRefusal::Damaged:
      break;
  }
  return not_shown("This file is damaged and cannot be shown.", "damaged");
}

sandbox::Input feed_of_bytes(Bytes content) {
  return [held = std::move(content), at = std::size_t{0}]() mutable -> Result<ByteView> {
    const std::size_t count = std::min(held.size() - at, sandbox::kPartBytesMax);
    return ByteView(held).subspan(std::exchange(at, at + count), count);
  };
}

}  // namespace

Task<Result<Viewer::Sight>> Viewer::sight_of(gate::Subject reader, media::MediaId id) {
  auto looking = ports_.library.standing(id);
  KURAMORI_CO_TRY(standing, co_await std::move(looking));
  const bool is_held = standing.held != media::Library::Held::No;
  if (!is_held) {
    if (standing.uploader == reader.user) co_return Sight::Released;
    auto seeing = ports_.ties.sees(std::move(reader), id.to_uri());
    KURAMORI_CO_TRY(sees, co_await std::move(seeing));
    if (sees) co_return Sight::Released;
    co_return not_found("There is no such file.");
  }
  auto deciding = ports_.ties.decides_about(reader.user, id.to_uri());
  KURAMORI_CO_TRY(decides, co_await std::move(deciding));
  if (decides) co_return Sight::HeldToo;
  // Its uploader hears that it is there, and not yet to be had.
  if (standing.uploader == reader.user) co_return Sight::Released;
  co_return not_found("There is no such file.");
}

Task<std::vector<std::string>> Viewer::mark_of(UserId reader) {
  std::vector<std::string> lines{bounded(reader.str())};
  auto naming = ports_.readers.name_of(std::move(reader));
  const std::string name = co_await std::move(naming);
  if (!name.empty()) lines.push_back(bounded(shortened(name)));
  lines.push_back(bounded(minute_of(ports_.clock.now()) + " · " + ports_.organisation));
  co_return lines;
}

// What the process says is checked: the file may have taken it over.
Task<Result<Viewer::Drawn>> Viewer::draw(PageRequest request, sandbox::Input input) {
  auto running = ports_.pages.run(request.encode(), std::move(input));
  KURAMORI_CO_TRY(outcome, co_await std::move(running));
  if (outcome.ending != sandbox::Ending::Done) co_return to_error(outcome);
  const auto summary = PageSummary::decode(outcome.summary);
  const bool is_outline = request.what == PageRequest::What::Outline;
  const bool is_good = summary && summary->pages <= request.pages_max &&
                       outcome.output.empty() == is_outline &&
                       (is_outline || sandbox::picture_type_of(outcome.output) == sandbox::PictureType::Png);
  if (!is_good)
    co_return not_shown("This file cannot be shown; ask a security officer to look at it.", "nonsense");
  co_return Drawn{.summary = *summary, .picture = std::move(outcome.output)};
}

Task<Result<Outline>> Viewer::outline(gate::Permit permit, media::MediaId id, Sight sight) {
  auto opening = ports_.library.open_to_show(std::move(permit), std::move(id), sight, "outline");
  KURAMORI_CO_TRY(file, co_await std::move(opening));
  PageRequest request{.what = PageRequest::What::Outline};
  auto drawing = draw(std::move(request), media::feed_of(std::move(file)));
  KURAMORI_CO_TRY(drawn, co_await std::move(drawing));
  co_return Outline{.kind = drawn.summary.kind,
                    .pages = drawn.summary.pages,
                    .is_cut = drawn.summary.shown == PageSummary::Pages::First};
}

Task<Result<Bytes>> Viewer::page(gate::Permit permit, media::MediaId id, Wish wish) {
  auto marking = mark_of(permit.subject().user);
  auto lines = co_await std::move(marking);
  auto opening = ports_.library.open_to_show(std::move(permit), std::move(id), wish.sight,
                                             "page " + std::to_string(wish.number));
  KURAMORI_CO_TRY(file, co_await std::move(opening));
  PageRequest request{
      .what = PageRequest::What::Page, .page = wish.number, .width = wish.width, .mark = std::move(lines)};
  auto drawing = draw(std::move(request), media::feed_of(std::move(file)));
  KURAMORI_CO_TRY(drawn, co_await std::move(drawing));
  co_return std::move(drawn.picture);
}

Task<Result<Bytes>> Viewer::mark(UserId reader, Bytes picture) {
  auto marking = mark_of(std::move(reader));
  auto lines = co_await std::move(marking);
  PageRequest request{.what = PageRequest::What::Mark, .mark = std::move(lines)};
  auto drawing = draw(std::move(request), feed_of_bytes(std::move(picture)));
  KURAMORI_CO_TRY(drawn, co_await std::move(drawing));
  co_return std::move(drawn.picture);
}

}  // namespace kuramori::viewing
