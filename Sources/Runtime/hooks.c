#include "apus_hooks.h"

#include <stdlib.h>

#include "apus_model.h"

void *apus_allocate(const apus_hooks *hooks, size_t byte_count) {
  /* aligned_alloc wants a multiple of the alignment; nothing still gets an address. */
  if (byte_count > SIZE_MAX - APUS_ALIGNMENT) return NULL;
  size_t rounded = (byte_count / APUS_ALIGNMENT + 1) * APUS_ALIGNMENT;
  if (hooks->allocate) return hooks->allocate(hooks->user, rounded, APUS_ALIGNMENT);
  return aligned_alloc(APUS_ALIGNMENT, rounded);
}

void apus_release(const apus_hooks *hooks, void *memory) {
  if (!memory) return;
  if (hooks->release) {
    hooks->release(hooks->user, memory);
  } else {
    free(memory);
  }
}

int apus_check_hooks(const apus_hooks *hooks, apus_error *error) {
  if (!hooks->allocate == !hooks->release) return APUS_OK;
  return apus_fail(error, APUS_INVALID_ARGUMENT, "of the hooks allocate and release only one was given");
}
