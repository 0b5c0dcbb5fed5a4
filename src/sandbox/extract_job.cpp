#include "sandbox/extract_job.hpp"

#include <algorithm>

#include "sandbox/wire.hpp"

namespace kuramori::sandbox {
namespace {

// Of each list; what a process says beyond is malformed.
constexpr std::uint32_t kItemsMax = 200'000;

template <class Item, class Write>
void write_list(WireWriter& writer, const std::vector<Item>& items, Write write) {
  const std::size_t count = std::min<std::size_t>(items.size(), kItemsMax);
  writer.u32(static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < count; ++i) write(items[i]);
}

// Stops where the input does: each item takes at least one octet, so a false count costs nothing.
template <class Item, class Read>
bool read_list(WireReader& reader, std::vector<Item>& into, Read read) {
  const std::uint32_t count = reader.u32();
  if (count > kItemsMax) return false;
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) {
    Item item;
    if (!read(item)) return false;
    into.push_back(std::move(item));
  }
  return reader.is_good();
}

}  // namespace

Bytes ExtractRequest::encode() const {
  return WireWriter()
      .u8(static_cast<std::uint8_t>(pictures))
      .u32(depth_max)
      .u32(entries_max)
      .u32(pages_max)
      .u32(pictures_max)
      .u32(ratio_max)
      .u32(time_ms_max)
      .u64(inflated_bytes_max)
      .u64(text_bytes_max)
      .u64(picture_bytes_max)
      .take();
}

std::optional<ExtractRequest> ExtractRequest::decode(ByteView bytes) {
  WireReader reader(bytes);
  const std::uint8_t pictures = reader.u8();
  ExtractRequest request{.pictures = static_cast<Pictures>(pictures),
                         .depth_max = reader.u32(),
                         .entries_max = reader.u32(),
                         .pages_max = reader.u32(),
                         .pictures_max = reader.u32(),
                         .ratio_max = reader.u32(),
                         .time_ms_max = reader.u32(),
                         .inflated_bytes_max = reader.u64(),
                         .text_bytes_max = reader.u64(),
                         .picture_bytes_max = reader.u64()};
  if (!reader.is_whole() || pictures > 1) return std::nullopt;
  return request;
}

std::string_view to_string(ExtractLimit limit) {
  switch (limit) {
    case ExtractLimit::Depth:
      return "depth";
    case ExtractLimit::Entries:
      return "entries";
    case ExtractLimit::Pages:
      return "pages";
    case ExtractLimit::Pictures:
      return "pictures";
    case ExtractLimit::Ratio:
      return "ratio";
    case ExtractLimit::Time:
      return "time";
    case ExtractLimit::Inflated:
      return "inflated";
    case ExtractLimit::Text:
      return "text";
  }
  return "";
}

std::string_view to_string(Unreadable reason) {
  switch (reason) {
    case Unreadable::Encrypted:
      return "encrypted";
    case Unreadable::Damaged:
      return "damaged";
    case Unreadable::TooDeep:
      return "too_deep";
    case Unreadable::TooLarge:
      return "too_large";
  }
  return "";
}

bool Extract::is_encrypted() const {
  return std::ranges::any_of(unreadable,
                             [](const UnreadablePart& part) { return part.reason == Unreadable::Encrypted; });
}

Bytes Extract::encode() const {
  WireWriter writer;
  writer.text(media_type).u8(has_macros ? 1 : 0).u8(is_polyglot ? 1 : 0);
  write_list(writer, limits, [&](ExtractLimit limit) { writer.u8(static_cast<std::uint8_t>(limit)); });
  write_list(writer, unreadable, [&](const UnreadablePart& part) {
    writer.text(part.file).u8(static_cast<std::uint8_t>(part.reason));
  });
  write_list(writer, metadata,
             [&](const MetadataEntry& entry) { writer.text(entry.file).text(entry.name).text(entry.value); });
  write_list(writer, texts,
             [&](const ExtractedText& text) { writer.text(text.file).text(text.place).text(text.text); });
  write_list(writer, files, [&](const ExtractedFile& file) {
    writer.text(file.path).text(file.media_type).u64(file.bytes);
  });
  write_list(writer, pictures, [&](const ExtractedPicture& picture) {
    writer.text(picture.file).text(picture.place).text(as_text(picture.content));
  });
  return writer.take();
}

std::optional<Extract> Extract::decode(ByteView bytes) {
  WireReader reader(bytes);
  Extract extract;
  extract.media_type = reader.text();
  const std::uint8_t macros = reader.u8();
  const std::uint8_t polyglot = reader.u8();
  extract.has_macros = macros == 1;
  extract.is_polyglot = polyglot == 1;
  const auto limit = [&](ExtractLimit& item) {
    const std::uint8_t value = reader.u8();
    item = static_cast<ExtractLimit>(value);
    return value < kExtractLimits;
  };
  const auto unreadable = [&](UnreadablePart& item) {
    item.file = reader.text();
    const std::uint8_t reason = reader.u8();
    item.reason = static_cast<Unreadable>(reason);
    return reason <= static_cast<std::uint8_t>(Unreadable::TooLarge);
  };
  const auto metadata = [&](MetadataEntry& item) {
    item = {.file = reader.text(), .name = reader.text(), .value = reader.text()};
    return true;
  };
  const auto text = [&](ExtractedText& item) {
    item = {.file = reader.text(), .place = reader.text(), .text = reader.text()};
    return true;
  };
  const auto file = [&](ExtractedFile& item) {
    item = {.path = reader.text(), .media_type = reader.text(), .bytes = reader.u64()};
    return true;
  };
  const auto picture = [&](ExtractedPicture& item) {
    item.file = reader.text();
    item.place = reader.text();
    const std::string content = reader.text();
    item.content.assign(content.begin(), content.end());
    return true;
  };
  const bool is_good =
      read_list(reader, extract.limits, limit) && read_list(reader, extract.unreadable, unreadable) &&
      read_list(reader, extract.metadata, metadata) && read_list(reader, extract.texts, text) &&
      read_list(reader, extract.files, file) && read_list(reader, extract.pictures, picture);
  if (!is_good || !reader.is_whole() || macros > 1 || polyglot > 1) return std::nullopt;
  return extract;
}

}  // namespace kuramori::sandbox
