#include "apus_hooks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "apus_model.h"

/* Weights and tensors are walked once a run, so that each page of 4 KB costs a walk through the page tables. What is
   this large begins on a huge page's boundary and asks for huge pages. */
enum { HUGE_PAGE_BYTE_COUNT = 2 << 20 };

static void *allocate(size_t byte_count) {
  bool is_huge = byte_count >= HUGE_PAGE_BYTE_COUNT;
  size_t boundary = is_huge ? HUGE_PAGE_BYTE_COUNT : APUS_ALIGNMENT;
  if (byte_count > SIZE_MAX - boundary) return NULL;
  /* aligned_alloc wants a multiple of the alignment. */
  size_t rounded = (byte_count + boundary - 1) / boundary * boundary;
  void *memory = aligned_alloc(boundary, rounded);
#ifdef MADV_HUGEPAGE
  /* Where the system refuses, memory is as good but for its speed. */
  if (memory && is_huge) madvise(memory, rounded, MADV_HUGEPAGE);
#endif
  return memory;
}

void *apus_allocate(const apus_hooks *hooks, size_t byte_count) {
  /* Whole lines of memory; nothing still gets an address. */
  if (byte_count > SIZE_MAX - APUS_ALIGNMENT) return NULL;
  size_t rounded = (byte_count / APUS_ALIGNMENT + 1) * APUS_ALIGNMENT;
  return hooks->allocate ? hooks->allocate(hooks->user, rounded, APUS_ALIGNMENT) : allocate(rounded);
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
