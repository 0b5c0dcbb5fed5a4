// kuramori-sandbox JOB MEMORY CPU INPUT OUTPUT: started by the server, one process for each untrusted file.
#include "sandbox/pictures/thumbnail.hpp"
#include "sandbox/pictures/warm.hpp"
#include "sandbox/worker.hpp"

int main(int argc, char** argv) {
  using namespace kuramori::sandbox;
  const WorkerJob jobs[] = {{"thumbnail", pictures::warm, pictures::make_thumbnail}};
  return run_worker(argc, argv, jobs);
}
