/* Whole batches of a model's inputs or outputs in memory. */
#ifndef APUS_TENSORS_H
#define APUS_TENSORS_H

#include <stdbool.h>

#include "apus_model.h"

/* One pointer for each of `count` tensors. */
typedef struct apus_tensors {
  float **elements;
  uint32_t count;
} apus_tensors;

/* Elements of a tensor in a batch of `n`. */
int64_t apus_tensor_batch_count(const apus_tensor *tensor, int64_t n);

/* All zero, for a batch of `n`. False: no memory. */
bool apus_tensors_allocate(apus_tensors *tensors, const apus_tensor *types, uint32_t count, int64_t n);

void apus_tensors_free(apus_tensors *tensors);

#endif
