// kuramori-ocr JOB MEMORY CPU INPUT OUTPUT: started by the server, one process for each picture.
#include "sandbox/recognition/recognise.hpp"
#include "sandbox/worker.hpp"

int main(int argc, char** argv) {
  using namespace kuramori::sandbox;
  const WorkerJob jobs[] = {{"ocr", recognition::warm, recognition::recognise, Probes::Refuse}};
  return run_worker(argc, argv, jobs);
}
