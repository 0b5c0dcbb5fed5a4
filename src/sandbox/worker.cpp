#include "sandbox/worker.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <new>

#include "sandbox/confinement.hpp"

namespace kuramori::sandbox {
namespace {

constexpr int kPipe = 0;
constexpr std::size_t kReadBytes = 65'536;

// What Process passes: JOB MEMORY CPU INPUT OUTPUT.
constexpr int kArguments = 6;

bool read_number(std::string_view text, std::uint64_t& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

bool write_all(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::write(kPipe, bytes.data(), bytes.size());
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

Reading read_request(RequestReader& reader) {
  std::array<std::uint8_t, kReadBytes> room{};
  Reading reading = Reading::More;
  while (reading == Reading::More) {
    const ssize_t got = ::read(kPipe, room.data(), room.size());
    if (got <= 0) return Reading::Malformed;  // the server has gone, or gave the job up
    reading = reader.feed(ByteView(room).first(static_cast<std::size_t>(got)));
  }
  return reading;
}

}  // namespace

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// Memory that is refused is refused as it is without a sanitizer; no tracer may look for leaks here.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:detect_leaks=0:handle_segv=0:handle_sigill=0:handle_abort=0";
}
#endif
#endif

int run_worker(int argc, char** argv, std::span<const WorkerJob> jobs) {
  std::set_new_handler([] { ::_exit(kExitOutOfMemory); });
  ::mallopt(M_ARENA_MAX, 1);  // each further one would reserve 128 MiB of the limited address space
  Limits limits;
  std::uint64_t cpu_seconds = 0;
  if (argc != kArguments || !read_number(argv[2], limits.memory_bytes) ||
      !read_number(argv[3], cpu_seconds) || !read_number(argv[4], limits.input_bytes) ||
      !read_number(argv[5], limits.output_bytes)) {
    return kExitBadRequest;
  }
  limits.cpu_seconds = static_cast<std::uint32_t>(cpu_seconds);
  const auto job = std::ranges::find(jobs, std::string_view(argv[1]), &WorkerJob::name);
  if (job == jobs.end() || !job->warm()) ::_exit(kExitBadRequest);
  if (!confine(limits, job->probes)) ::_exit(kExitNotConfined);
  if (!write_all(kReady)) ::_exit(kExitBadRequest);
  RequestReader request(limits.input_bytes);
  if (read_request(request) != Reading::Complete) ::_exit(kExitBadRequest);
  const Answer answer = job->work(request.parameters(), request.input());
  const bool is_sent = write_all(answer_head(answer.verdict, answer.summary, answer.output.size())) &&
                       write_all(answer.output);
  ::_exit(is_sent ? 0 : kExitBadRequest);  // no destructors: they might do what is not permitted any more
}

}  // namespace kuramori::sandbox
