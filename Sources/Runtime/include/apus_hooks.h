/* What a caller may take over from the runtime. */
#ifndef APUS_HOOKS_H
#define APUS_HOOKS_H

#include <stddef.h>
#include <stdint.h>

#include "apus_error.h"

typedef struct apus_hooks {
  /* Memory aligned to `alignment`, or null; `release` takes it back. Both or neither; null: the C library's. */
  void *(*allocate)(void *user, size_t byte_count, size_t alignment);
  void (*release)(void *user, void *memory);
  /* Calls body(argument, i) once for each i in 0..<count, in any order, on any threads, and returns when all calls
     have. As many calls as the context has threads work at a time. Null: the context's own threads. */
  void (*parallel_for)(void *user, int64_t count, void (*body)(void *argument, int64_t index), void *argument);
  void *user;
} apus_hooks;

/* Memory aligned to APUS_ALIGNMENT, or null. */
void *apus_allocate(const apus_hooks *hooks, size_t byte_count);

/* `memory` may be null. */
void apus_release(const apus_hooks *hooks, void *memory);

/* Whether the hooks go together. Returns an apus_status. */
int apus_check_hooks(const apus_hooks *hooks, apus_error *error);

#endif
