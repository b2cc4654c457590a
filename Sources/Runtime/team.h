/* A team of threads that walks a schedule together.

   A schedule is a list of steps, and a step a number of chunks that the thread count does not influence. Every
   thread walks the whole list. In each step it claims the chunks of its own share first, which keeps a share's data
   in one core's cache from step to step, then what the others have not claimed. A step is over when all its chunks
   are finished; a thread that comes late finds it so and goes on. Nobody waits for a thread that has claimed
   nothing: with fewer cores than threads, the threads that run do all the work.

   Chunks are numbered from the first run on, in 64 bits, so counters only grow: nothing is reset between steps or
   runs, and a thread that is a whole run behind can claim nothing by mistake. */
#ifndef APUS_TEAM_H
#define APUS_TEAM_H

#include <stddef.h>
#include <stdint.h>

typedef struct apus_schedule {
  void *owner;
  /* Depends on nothing but the step and `n`. */
  int64_t (*chunk_count)(const void *owner, uint32_t step, int64_t n);
  /* `thread` is the number of the thread that runs it, below the team's thread count. */
  void (*run_chunk)(void *owner, uint32_t step, int64_t n, int64_t chunk, int thread);
} apus_schedule;

typedef struct apus_team apus_team;

/* Bytes that a team of `thread_count` threads needs, to be aligned to 64 bytes. */
size_t apus_team_byte_count(int thread_count);

/* Makes a team in `memory`. No thread is made before the first run, and none ever if thread_count is 1. */
apus_team *apus_team_create(void *memory, int thread_count, apus_schedule schedule);

/* Runs the steps first_step..<end_step for a batch of `n`; the caller is one of the threads. One caller at a time.
   In a process forked from the one that ran before, threads are made anew. */
void apus_team_run(apus_team *team, int64_t n, uint32_t first_step, uint32_t end_step);

/* Ends the threads. The memory is the caller's. */
void apus_team_destroy(apus_team *team);

#endif
