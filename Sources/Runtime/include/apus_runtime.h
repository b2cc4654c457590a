/* What a compiled model is to the runtime: constant tables that the compiler writes (as C source ahead of time,
   in memory just in time), executed by apus_context_run. */
#ifndef APUS_RUNTIME_H
#define APUS_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

/* One chunk of a step. `operands` are the step's buffers in the kernel's order, `n` the batch. */
typedef void (*apus_kernel)(char *const *operands, int64_t n, int64_t chunk);

/* Where a buffer lives. */
enum apus_space {
  APUS_ARENA,  /* the context's workspace */
  APUS_WEIGHTS, /* the packed weights image */
  APUS_INPUT,  /* the caller's input `index` */
  APUS_OUTPUT, /* the caller's output `index` */
};

/* A buffer of a step: base of its space + fixed_offset + n * offset_per_image bytes. */
typedef struct apus_operand {
  uint32_t space;
  uint32_t index;
  uint64_t fixed_offset;
  uint64_t offset_per_image;
} apus_operand;

/* Chunks are a function of network, batch and target, never of the thread count:
   chunks_per_group * ceil(n / images_per_group), or chunks_per_group where images_per_group is 0. */
typedef struct apus_step {
  apus_kernel kernel;
  const char *name;
  const apus_operand *operands;
  uint32_t operand_count;
  uint32_t images_per_group;
  uint64_t chunks_per_group;
} apus_step;

/* An input or output: f32, row-major, extents without the batch. */
typedef struct apus_tensor {
  const char *name;
  uint32_t rank;
  const int64_t *extents;
} apus_tensor;

#endif
