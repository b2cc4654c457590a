#ifndef APUS_THREAD_COUNT_H
#define APUS_THREAD_COUNT_H

#include "apus_error.h"

/* The most threads that a context walks a schedule with. */
enum { APUS_THREAD_LIMIT = 1024 };

/* How many threads this process may keep busy: its affinity mask, cut to its cgroup's quota. At least 1. */
int apus_available_thread_count(void);

/* The threads of a context that is asked for `thread_count`: that many, or all that the process may keep busy for 0.
   Returns an apus_status. */
int apus_choose_thread_count(int thread_count, int *chosen, apus_error *error);

/* The processors that a cgroup quota (version 1 or 2) grants, rounded up; 0: no limit is set or readable.
   `membership` is a file as /proc/self/cgroup, `root` a directory as /sys/fs/cgroup. */
int apus_cgroup_processor_count(const char *membership, const char *root);

#endif
