/* What a compiled model is to the runtime: constant tables that the compiler writes (as C source ahead of time,
   in memory just in time), executed by apus_context_run. */
#ifndef APUS_MODEL_H
#define APUS_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* One chunk of a step. `operands` are the step's buffers in the kernel's order, `n` the batch. */
typedef void (*apus_kernel)(char *const *operands, int64_t n, int64_t chunk);

/* Where a buffer lives. */
enum apus_space {
  APUS_ARENA,   /* the context's workspace */
  APUS_WEIGHTS, /* the packed weights image */
  APUS_INPUT,   /* the caller's input `index` */
  APUS_OUTPUT,  /* the caller's output `index` */
  APUS_SCRATCH, /* memory that no other chunk uses while this one runs; its offset does not depend on n */
};

/* A buffer of a step: base of its space + fixed_offset + n * offset_per_image bytes, n being the batch of the run. In
   a round that begins with image i, i * image_stride bytes further: 0 where a buffer holds the images of one round. */
typedef struct apus_operand {
  uint32_t space;
  uint32_t index;
  uint64_t fixed_offset;
  uint64_t offset_per_image;
  uint64_t image_stride;
} apus_operand;

/* Chunks are a function of network, batch and target, never of the thread count:
   chunks_per_group * ceil(n / images_per_group), or chunks_per_group where images_per_group is 0.

   A run is a list of rounds. Neighbouring steps of equal images_per_round that is not 0 are a stretch: its first
   images pass through all its steps, a round each, then the next images, so that what one step makes is in a cache
   when the next reads it. Any other step is one round of all images. */
typedef struct apus_step {
  apus_kernel kernel;
  const char *name;
  const apus_operand *operands;
  uint32_t operand_count;
  uint32_t images_per_group;
  uint64_t chunks_per_group;
  uint32_t images_per_round;
} apus_step;

/* An input or output: f32, row-major. `extents` leave the batch out where the tensor is `batched`. */
typedef struct apus_tensor {
  const char *name;
  uint32_t rank;
  uint32_t batched;
  const int64_t *extents;
} apus_tensor;

typedef struct apus_model {
  const char *name;
  const apus_step *steps;
  const apus_tensor *inputs;
  const apus_tensor *outputs;
  uint32_t step_count;
  uint32_t input_count;
  uint32_t output_count;
  /* The batches that the kernels were compiled for. */
  int64_t smallest_batch;
  int64_t largest_batch;
  /* The arena has arena_fixed_byte_count + n * arena_byte_count_per_image bytes. */
  uint64_t arena_fixed_byte_count;
  uint64_t arena_byte_count_per_image;
  /* Scratch memory of each thread. */
  uint64_t scratch_byte_count;
  uint64_t weights_byte_count;
  /* apus_hash of the packed weights image. */
  uint64_t weights_hash;
  /* Names as of apus_first_missing_cpu_feature, ended by a null pointer. */
  const char *const *cpu_features;
  /* A JSON object that describes the model. */
  const char *info;
} apus_model;

/* Workspace and weights begin on a boundary of this many bytes. */
enum { APUS_ALIGNMENT = 64 };

/* Elements of one image of a batched tensor, or of the whole of another. */
int64_t apus_tensor_element_count(const apus_tensor *tensor);

/* Chunks of a step for a batch of `n`. */
int64_t apus_step_chunk_count(const apus_step *step, int64_t n);

/* Rounds of the first `step_count` steps, which do not end within a stretch, for a batch of `n`. A context numbers the
   rounds of its largest batch; those of images that a run does not have are empty. */
uint64_t apus_model_round_count(const apus_model *model, uint32_t step_count, int64_t n);

/* Bytes of the arena for a batch of `n`, rounded up to a multiple of APUS_ALIGNMENT. */
uint64_t apus_model_arena_byte_count(const apus_model *model, int64_t n);

/* Scratch bytes of a thread, rounded up to a multiple of APUS_ALIGNMENT. */
uint64_t apus_model_scratch_byte_count(const apus_model *model);

/* Bytes of workspace for a batch of `n` on `thread_count` threads: the arena, then scratch memory for each. */
uint64_t apus_model_workspace_byte_count(const apus_model *model, int64_t n, int thread_count);

#endif
