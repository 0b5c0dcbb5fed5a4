// kuramori-pages JOB MEMORY CPU INPUT OUTPUT: started by the server, one process for each page that is shown.
#include "sandbox/pages/page.hpp"
#include "sandbox/worker.hpp"

int main(int argc, char** argv) {
  using namespace kuramori::sandbox;
  const WorkerJob jobs[] = {{"page", pages::warm, pages::make_page, Probes::Refuse}};
  return run_worker(argc, argv, jobs);
}
