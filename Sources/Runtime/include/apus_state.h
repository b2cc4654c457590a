/* The state of training: weights, running statistics and momentum, in one image in the order in which kernels read
   them. */
#ifndef APUS_STATE_H
#define APUS_STATE_H

#include <stdint.h>

#include "apus_error.h"
#include "apus_hooks.h"

/* How a tensor lies in the image:
   [ceil(outputs / lanes)][ceil(inputs / input_block)][taps][input_block][lanes], zeros where there is no element.
   Row-major it is [outputs][inputs][taps]. What is no filter has outputs alone, and one input and tap. */
typedef struct apus_state_layout {
  int64_t outputs;
  int64_t inputs;
  int64_t taps;
  int64_t input_block;
  int64_t lanes;
} apus_state_layout;

/* Elements in row-major order. */
int64_t apus_state_element_count(const apus_state_layout *layout);

/* Elements in the image, those without a meaning among them. */
int64_t apus_state_stored_count(const apus_state_layout *layout);

/* `elements` are f32 and need not be aligned: they may lie in a file. */
void apus_state_pack(const apus_state_layout *layout, const void *elements, float *stored);

void apus_state_unpack(const apus_state_layout *layout, const float *stored, float *elements);

enum apus_state_role {
  APUS_WEIGHT,
  APUS_STATISTIC, /* a running mean or variance */
  APUS_MOMENTUM,
};

typedef struct apus_state_tensor {
  const char *name;
  uint32_t role;
  uint32_t rank;
  const int64_t *extents;
  apus_state_layout layout;
  uint64_t byte_offset; /* in the image */
} apus_state_tensor;

/* An image, and what is where in it. */
typedef struct apus_state {
  const char *model_name;
  const apus_state_tensor *tensors;
  uint32_t tensor_count;
  char *image;
} apus_state;

float *apus_state_elements(const apus_state *state, const apus_state_tensor *tensor);

/* Writes weights and statistics to a safetensors file, `step_count` and momentum beside them where that is not
   negative. The file at `path` is replaced once the new one is whole and on the disk. Returns an apus_status. */
int apus_state_save(const apus_state *state, const char *path, int64_t step_count, const apus_hooks *hooks,
                    apus_error *error);

/* Reads a safetensors file, made by anyone: a file that does not fit is an error, and the state as it was. Momentum
   that the file does not have becomes zero; *step_count is what was saved with it, else 0. Returns an apus_status. */
int apus_state_load(const apus_state *state, const char *path, int64_t *step_count, const apus_hooks *hooks,
                    apus_error *error);

#endif
