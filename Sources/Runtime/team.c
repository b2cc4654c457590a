#include "team.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "apus_thread_count.h"
#include "event.h"

/* Each on a cache line of its own: the count of one thread changes with each chunk that it claims. */
typedef struct share {
  /* The number of the first chunk of this thread's shares that nobody has claimed. */
  _Alignas(64) _Atomic int64_t next;
} share;

typedef struct worker {
  apus_team *team;
  pthread_t thread;
  int index;
  /* The last run that it has walked. */
  uint64_t seen_run;
} worker;

/* What the threads of one run must know. */
typedef struct run {
  uint64_t number;
  int64_t n;
  int64_t first_chunk;
  uint32_t first_step;
  uint32_t end_step;
} run;

struct apus_team {
  apus_schedule schedule;
  int thread_count;
  int worker_count;
  pid_t process;
  worker *workers;
  share *shares;

  /* The run under way. `run_number` is odd while the other fields change. */
  _Alignas(64) _Atomic uint64_t run_number;
  _Atomic int64_t run_n;
  _Atomic int64_t run_first_chunk;
  _Atomic uint32_t run_first_step;
  _Atomic uint32_t run_end_step;
  _Atomic bool is_ending;

  /* All chunks with smaller numbers are finished once a step is over. */
  _Alignas(64) _Atomic int64_t finished;
  /* Signalled when a run begins, a step is over, and the team ends. */
  _Alignas(64) apus_event event;
};

static size_t rounded_up(size_t byte_count) { return (byte_count + 63) & ~(size_t)63; }

size_t apus_team_byte_count(int thread_count) {
  return rounded_up(sizeof(apus_team)) + (size_t)thread_count * sizeof(share)
         + rounded_up((size_t)thread_count * sizeof(worker));
}

apus_team *apus_team_create(void *memory, int thread_count, apus_schedule schedule) {
  memset(memory, 0, apus_team_byte_count(thread_count));
  apus_team *team = memory;
  team->schedule = schedule;
  team->thread_count = thread_count;
  team->process = getpid();
  team->event.spin_count = thread_count > apus_available_thread_count() ? 0 : APUS_SPIN_COUNT;
  team->shares = (share *)((char *)memory + rounded_up(sizeof(apus_team)));
  team->workers = (worker *)(team->shares + thread_count);
  return team;
}

/* MARK: Claiming */

/* Where the share of thread `index` begins: count * index / thread_count, without overflow. */
static int64_t share_begin(int64_t count, int64_t thread_count, int64_t index) {
  return count / thread_count * index + count % thread_count * index / thread_count;
}

/* Claims a chunk of the share of thread `index` in a step that has `count` chunks, numbered from `first_chunk`.
   Returns -1 if none is left. A finished step has none left, however late the thread that asks. */
static int64_t claim_chunk(apus_team *team, int index, int64_t first_chunk, int64_t count) {
  int64_t begin = first_chunk + share_begin(count, team->thread_count, index);
  int64_t end = first_chunk + share_begin(count, team->thread_count, index + 1);
  _Atomic int64_t *next = &team->shares[index].next;
  int64_t unclaimed = atomic_load_explicit(next, memory_order_relaxed);
  for (;;) {
    int64_t candidate = unclaimed < begin ? begin : unclaimed;
    if (candidate >= end) return -1;
    if (atomic_compare_exchange_weak_explicit(next, &unclaimed, candidate + 1, memory_order_relaxed,
                                              memory_order_relaxed)) {
      return candidate - first_chunk;
    }
  }
}

/* Runs chunks until all are claimed; returns how many. */
static int64_t run_chunks(apus_team *team, int index, const run *run, uint32_t step, int64_t first_chunk,
                          int64_t count) {
  int64_t run_count = 0;
  for (int distance = 0; distance < team->thread_count; ++distance) {
    int owner = (index + distance) % team->thread_count;
    int64_t chunk;
    while ((chunk = claim_chunk(team, owner, first_chunk, count)) >= 0) {
      team->schedule.run_chunk(team->schedule.owner, step, run->n, chunk, index);
      ++run_count;
    }
  }
  return run_count;
}

/* MARK: Walking */

typedef struct step_end {
  const apus_team *team;
  int64_t chunk;
} step_end;

static bool is_step_over(const void *argument) {
  const step_end *end = argument;
  return atomic_load(&end->team->finished) >= end->chunk;
}

static void walk(apus_team *team, int index, const run *run) {
  int64_t first_chunk = run->first_chunk;
  for (uint32_t step = run->first_step; step < run->end_step; ++step) {
    int64_t count = team->schedule.chunk_count(team->schedule.owner, step, run->n);
    step_end end = {team, first_chunk + count};
    if (!is_step_over(&end)) {
      int64_t run_count = run_chunks(team, index, run, step, first_chunk, count);
      if (run_count > 0 && atomic_fetch_add(&team->finished, run_count) + run_count == end.chunk) {
        apus_event_signal(&team->event);
      } else {
        apus_event_wait(&team->event, is_step_over, &end);
      }
    }
    first_chunk = end.chunk;
  }
}

static void walk_alone(apus_team *team, int64_t n, uint32_t first_step, uint32_t end_step) {
  for (uint32_t step = first_step; step < end_step; ++step) {
    int64_t count = team->schedule.chunk_count(team->schedule.owner, step, n);
    for (int64_t chunk = 0; chunk < count; ++chunk) team->schedule.run_chunk(team->schedule.owner, step, n, chunk, 0);
  }
}

/* MARK: Runs */

/* The fields are written between two changes of the number, and with release order, so that a reader that meets
   any of the new values also meets the changed number. */
static run publish_run(apus_team *team, int64_t n, uint32_t first_step, uint32_t end_step) {
  uint64_t number = atomic_load_explicit(&team->run_number, memory_order_relaxed) + 2;
  run run = {number, n, atomic_load(&team->finished), first_step, end_step};
  atomic_store_explicit(&team->run_number, number - 1, memory_order_relaxed);
  atomic_store_explicit(&team->run_n, run.n, memory_order_release);
  atomic_store_explicit(&team->run_first_chunk, run.first_chunk, memory_order_release);
  atomic_store_explicit(&team->run_first_step, first_step, memory_order_release);
  atomic_store_explicit(&team->run_end_step, end_step, memory_order_release);
  atomic_store(&team->run_number, number);
  apus_event_signal(&team->event);
  return run;
}

/* Whether a whole run was read: false if the next one is being published, which the caller will be told of. */
static bool read_run(apus_team *team, run *run) {
  run->number = atomic_load(&team->run_number);
  run->n = atomic_load_explicit(&team->run_n, memory_order_acquire);
  run->first_chunk = atomic_load_explicit(&team->run_first_chunk, memory_order_acquire);
  run->first_step = atomic_load_explicit(&team->run_first_step, memory_order_acquire);
  run->end_step = atomic_load_explicit(&team->run_end_step, memory_order_acquire);
  return run->number % 2 == 0 && atomic_load(&team->run_number) == run->number;
}

static bool has_news(const void *argument) {
  const worker *worker = argument;
  uint64_t number = atomic_load(&worker->team->run_number);
  return atomic_load(&worker->team->is_ending) || (number % 2 == 0 && number != worker->seen_run);
}

static void *work(void *argument) {
  worker *self = argument;
  apus_team *team = self->team;
  for (;;) {
    apus_event_wait(&team->event, has_news, self);
    if (atomic_load(&team->is_ending)) return NULL;
    run run;
    if (!read_run(team, &run)) continue;
    self->seen_run = run.number;
    walk(team, self->index, &run);
  }
}

/* Makes the threads that are missing. Signals are left to the caller's own threads. Where the system refuses a
   thread, those that there are do its share. */
static void make_workers(apus_team *team) {
  if (team->process != getpid()) {
    team->process = getpid();
    team->worker_count = 0;
    atomic_store(&team->event.sleeper_count, 0);
  }
  if (team->worker_count == team->thread_count - 1) return;
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  while (team->worker_count < team->thread_count - 1) {
    worker *worker = &team->workers[team->worker_count];
    worker->team = team;
    worker->index = team->worker_count + 1;
    worker->seen_run = atomic_load(&team->run_number);
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) break;
    ++team->worker_count;
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void apus_team_run(apus_team *team, int64_t n, uint32_t first_step, uint32_t end_step) {
  if (team->thread_count == 1) {
    walk_alone(team, n, first_step, end_step);
    return;
  }
  make_workers(team);
  run run = publish_run(team, n, first_step, end_step);
  walk(team, 0, &run);
}

void apus_team_destroy(apus_team *team) {
  if (team->process != getpid()) return;
  atomic_store(&team->is_ending, true);
  apus_event_signal(&team->event);
  for (int index = 0; index < team->worker_count; ++index) pthread_join(team->workers[index].thread, NULL);
}
