#include "apus_recording.h"

#include <pthread.h>
#include <time.h>

uint64_t apus_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static apus_chunk_record *record_of(void *user, uint32_t step, int64_t chunk) {
  return &((apus_chunk_record *const *)user)[step][chunk];
}

static void note_begin(void *user, uint32_t step, int64_t chunk) {
  record_of(user, step, chunk)->begin = apus_nanoseconds();
}

static void note_end(void *user, uint32_t step, int64_t chunk) {
  apus_chunk_record *record = record_of(user, step, chunk);
  record->end = apus_nanoseconds();
  record->thread = (uint64_t)pthread_self();
}

int apus_context_run_recorded(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[],
                              apus_chunk_record *const *records) {
  apus_observer observer = {note_begin, note_end, (void *)records};
  return apus_context_run_observed(context, n, inputs, outputs, &observer);
}
