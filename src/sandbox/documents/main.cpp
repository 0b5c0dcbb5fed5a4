// kuramori-documents JOB MEMORY CPU INPUT OUTPUT: started by the server, one process for each untrusted file.
#include "sandbox/documents/extract.hpp"
#include "sandbox/worker.hpp"

int main(int argc, char** argv) {
  using namespace kuramori::sandbox;
  const WorkerJob jobs[] = {{"extract", documents::warm, documents::extract, Probes::Refuse}};
  return run_worker(argc, argv, jobs);
}
