// Files as a client uploads and downloads them.
#include <filesystem>

#include "api/client/media_routes.hpp"
#include "harness.hpp"
#include "storage/blobs_directory/blob_directory.hpp"

namespace kuramori::api::client::testing {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (fs::temp_directory_path() / "kuramori-media-XXXXXX").string();
    path_ = ::mkdtemp(path.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Says of what it was asked to make what.
class TestThumbnailer final : public media::Thumbnailer {
 public:
  runtime::Task<Result<Made>> make(media::ThumbnailWish wish, media::PieceFeed original) override {
    auto piece = original();
    if (!piece) co_return std::move(piece).error();
    if (as_text(*piece) != "picture") {
      co_return Error(ErrorCode::Unsupported, "M_UNKNOWN", "No thumbnail can be made of this file.");
    }
    const std::string text = media::variant_name(wish);
    co_return Made{.content_type = "image/webp", .picture = Bytes(text.begin(), text.end())};
  }
};

HarnessOptions with_media() {
  HarnessOptions options;
  for (const storage::Table* table : media::tables()) options.tables.push_back(table);
  return options;
}

class MediaTest : public ::testing::Test {
 protected:
  MediaTest() { add_media_routes(server.router, server.pipeline, services); }

  net::Response ask(net::Request request) {
    net::Response response = server.executor.run(server.start(request));
    if (response.stream) {
      while (response.body.size() < response.stream->bytes()) {
        auto part = server.executor.run(response.stream->next());
        EXPECT_TRUE(part);
        if (!part) break;
        response.body += as_text(*part);
      }
    }
    return response;
  }
  net::Response get(std::string_view target, std::vector<std::pair<std::string, std::string>> headers = {},
                    std::string_view token = {}) {
    net::Request request = server.make_request(net::Method::Get, target, {}, token.empty() ? alice : token);
    for (auto& header : headers) request.headers.push_back(std::move(header));
    return ask(std::move(request));
  }
  // The part of the address after mxc://.
  std::string upload(std::string content, std::string type, std::string_view query = {}) {
    net::Request request = server.make_request(
        net::Method::Post, "/_matrix/media/v3/upload" + std::string(query), std::move(content), alice);
    request.headers.emplace_back("content-type", std::move(type));
    const net::Response response = ask(std::move(request));
    EXPECT_EQ(response.status, 200) << response.body;
    const auto body = json::parse_object(response.body);
    return std::string(json::string_or(*body, "content_uri", "")).substr(6);
  }
  static std::string header(const net::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }

  static constexpr std::string_view kDownload = "/_matrix/client/v1/media/download/";
  TemporaryFolder folder;
  Harness server{with_media()};
  runtime::WorkerPool workers{{.name = "files", .threads = 1}};
  std::unique_ptr<storage::BlobStore> blobs = *storage::blobs_directory::open(folder.path() / "media");
  TestThumbnailer thumbnailer;
  media::Library library{{.store = server.store,
                          .keys = *server.keys,
                          .gate = server.gate,
                          .blobs = *blobs,
                          .workers = workers,
                          .clock = server.clock,
                          .random = server.random,
                          .metrics = server.metrics,
                          .log = server.log,
                          .inspector = nullptr,
                          .thumbnailer = &thumbnailer},
                         {.server = ServerName("example.org"), .upload_bytes_max = 1'000'000}};
  std::vector<std::string> delivered;
  MediaServices services{
      library, [this](const gate::Subject&, const media::MediaId& id) { delivered.push_back(id.to_uri()); }};
  const std::string alice = server.sign_up("alice");
  const std::string bob = server.sign_up("bob");
};

TEST_F(MediaTest, GivesAFileAsTheSpecificationWants) {
  const std::string id = upload("hello", "text/plain", "?filename=%E5%A0%B1.txt");
  EXPECT_TRUE(id.starts_with("example.org/"));
  const net::Response response = get(std::string(kDownload) + id, {}, bob);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(response.content_type, "text/plain");
  EXPECT_EQ(header(response, "Content-Disposition"),
            "inline; filename=\"_.txt\"; filename*=utf-8''%E5%A0%B1.txt");
  EXPECT_TRUE(header(response, "Content-Security-Policy").starts_with("sandbox; default-src 'none';"));
  EXPECT_EQ(header(response, "Cross-Origin-Resource-Policy"), "cross-origin");
  EXPECT_EQ(delivered, std::vector<std::string>{"mxc://" + id});
  const net::Response renamed = get(std::string(kDownload) + id + "/other.txt");
  EXPECT_EQ(header(renamed, "Content-Disposition"), R"(inline; filename="other.txt")");
}

TEST_F(MediaTest, GivesRanges) {
  const std::string id = upload("0123456789", "application/zip");
  const net::Response part = get(std::string(kDownload) + id, {{"range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(header(part, "Content-Range"), "bytes 2-4/10");
  const net::Response none = get(std::string(kDownload) + id, {{"range", "bytes=10-"}});
  EXPECT_EQ(none.status, 416);
  EXPECT_EQ(header(none, "Content-Range"), "bytes */10");
  const std::string tag = header(part, "ETag");
  EXPECT_EQ(get(std::string(kDownload) + id, {{"range", "bytes=2-4"}, {"if-range", tag}}).status, 206);
  EXPECT_EQ(get(std::string(kDownload) + id, {{"range", "bytes=2-4"}, {"if-range", "\"x\""}}).status, 200);
  EXPECT_EQ(get(std::string(kDownload) + id, {{"if-none-match", tag}}).status, 304);
  const std::string empty = upload("", "text/plain");
  EXPECT_EQ(get(std::string(kDownload) + empty).body, "");
}

TEST_F(MediaTest, AsksForALogin) {
  const std::string id = upload("hello", "text/html");
  EXPECT_EQ(server.get(std::string(kDownload) + id).errcode(), "M_MISSING_TOKEN");
  EXPECT_EQ(server.post("/_matrix/media/v3/upload", "x").errcode(), "M_MISSING_TOKEN");
  const Reply old = server.get("/_matrix/media/v3/download/" + id);
  EXPECT_EQ(old.status, 404);
  EXPECT_EQ(old.errcode(), "M_NOT_FOUND");
  services.options.old_downloads = OldDownloads::Open;
  EXPECT_EQ(server.get("/_matrix/media/v3/download/" + id).status, 200);
  const net::Response page = get(std::string(kDownload) + id);
  EXPECT_EQ(header(page, "Content-Disposition"), "attachment");
}

TEST_F(MediaTest, KnowsItsFilesAlone) {
  for (const char* path :
       {"example.org/unknown", "elsewhere.org/abc", "example.org/a.b", "..%2f/x", "example.org/%2e%2e"}) {
    EXPECT_EQ(server.get(std::string(kDownload) + path, alice).errcode(), "M_NOT_FOUND") << path;
  }
}

TEST_F(MediaTest, SaysAndKeepsItsLimit) {
  const Reply config = server.get("/_matrix/client/v1/media/config", alice);
  EXPECT_EQ(config.body.at("m.upload.size").as_int64(), 1'000'000);
  const Reply large = server.post("/_matrix/media/v3/upload", std::string(1'000'001, 'x'), alice);
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(large.errcode(), "M_TOO_LARGE");
}

TEST_F(MediaTest, UploadsInTwoSteps) {
  const Reply created = server.post("/_matrix/media/v1/create", "{}", alice);
  ASSERT_EQ(created.status, 200);
  EXPECT_GT(created.body.at("unused_expires_at").as_int64(), to_unix_ms(server.clock.now()));
  const std::string id = created.text("content_uri").substr(6);
  const Reply early = server.get(std::string(kDownload) + id + "?timeout_ms=0", bob);
  EXPECT_EQ(early.status, 504);
  EXPECT_EQ(early.errcode(), "M_NOT_YET_UPLOADED");
  EXPECT_EQ(server.get(std::string(kDownload) + id + "?timeout_ms=soon", bob).errcode(), "M_INVALID_PARAM");
  const std::string target = "/_matrix/media/v3/upload/" + id;
  EXPECT_EQ(server.put(target, "x", bob).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(server.put(target, "content", alice).status, 200);
  EXPECT_EQ(get(std::string(kDownload) + id).body, "content");
  const Reply again = server.put(target, "other", alice);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.errcode(), "M_CANNOT_OVERWRITE_MEDIA");
  EXPECT_EQ(server.put("/_matrix/media/v3/upload/example.org/unknown", "x", alice).errcode(), "M_NOT_FOUND");
}

TEST_F(MediaTest, GivesThumbnails) {
  const std::string id = upload("picture", "text/html", "?filename=page.html");
  const std::string target = "/_matrix/client/v1/media/thumbnail/" + id;
  delivered.clear();
  const net::Response response = get(target + "?width=90&height=90&method=crop&animated=true", {}, bob);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "crop-96x96-moving");
  EXPECT_EQ(response.content_type, "image/webp");
  EXPECT_EQ(header(response, "Content-Disposition"), R"(inline; filename="thumbnail.webp")");
  EXPECT_EQ(delivered, std::vector<std::string>{"mxc://" + id});
  EXPECT_EQ(get(target + "?width=90&height=90").body, "scale-320x240");
  EXPECT_EQ(get(target + "?width=90&height=9000").body, "original");
  const std::string tag = header(response, "ETag");
  EXPECT_NE(tag, header(get(target + "?width=90&height=90"), "ETag"));
  EXPECT_EQ(get(target + "?width=90&height=90&method=crop&animated=true", {{"if-none-match", tag}}).status,
            304);
  EXPECT_EQ(server.get(target + "?width=90&height=90").errcode(), "M_MISSING_TOKEN");
  EXPECT_EQ(server.get("/_matrix/media/v3/thumbnail/" + id + "?width=1&height=1").errcode(), "M_NOT_FOUND");
  services.options.old_downloads = OldDownloads::Open;
  EXPECT_EQ(get("/_matrix/media/v3/thumbnail/" + id + "?width=1&height=1").body, "scale-320x240");
}

TEST_F(MediaTest, RefusesThumbnailsAsTheSpecificationWants) {
  const std::string id = upload("no picture", "image/png");
  const std::string target = "/_matrix/client/v1/media/thumbnail/" + id;
  const Reply none = server.get(target + "?width=1&height=1", alice);
  EXPECT_EQ(none.status, 400);
  EXPECT_EQ(none.errcode(), "M_UNKNOWN");
  for (const char* query : {"", "?width=1", "?height=1", "?width=0&height=1", "?width=-5&height=1",
                            "?width=1.5&height=1", "?width=1&height=1&method=squeeze",
                            "?width=1&height=1&animated=perhaps", "?width=1&height=99999999999999999999"}) {
    EXPECT_EQ(server.get(target + query, alice).status, 400) << query;
  }
  EXPECT_EQ(server.get("/_matrix/client/v1/media/thumbnail/example.org/none?width=1&height=1", alice).status,
            404);
}

TEST_F(MediaTest, GuestsMaySendAndSeeFiles) {
  const std::string guest = server.sign_up("guest", gate::Role::Guest);
  EXPECT_EQ(server.post("/_matrix/media/v3/upload", "x", guest).status, 200);
  const std::string auditor = server.sign_up("auditor", gate::Role::Auditor);
  EXPECT_EQ(server.post("/_matrix/media/v3/upload", "x", auditor).status, 403);
}

}  // namespace
}  // namespace kuramori::api::client::testing
