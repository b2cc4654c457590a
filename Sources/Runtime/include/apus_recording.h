/* When and where the chunks of a run ran. */
#ifndef APUS_RECORDING_H
#define APUS_RECORDING_H

#include "apus_context.h"

/* Begin and end by apus_nanoseconds; `thread` is a number that is one thread's alone. */
typedef struct apus_chunk_record {
  uint64_t begin;
  uint64_t end;
  uint64_t thread;
} apus_chunk_record;

/* As apus_context_run, and notes every chunk: records[s] has a place for each chunk of step s. */
int apus_context_run_recorded(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[],
                              apus_chunk_record *const *records);

/* Nanoseconds of a clock that never goes back. */
uint64_t apus_nanoseconds(void);

#endif
