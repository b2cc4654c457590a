#include "tensors.h"

#include <stdlib.h>

int64_t apus_tensor_batch_count(const apus_tensor *tensor, int64_t n) {
  return apus_tensor_element_count(tensor) * (tensor->batched ? n : 1);
}

bool apus_tensors_allocate(apus_tensors *tensors, const apus_tensor *types, uint32_t count, int64_t n) {
  *tensors = (apus_tensors){calloc(count + 1, sizeof(float *)), count};
  if (!tensors->elements) return false;
  for (uint32_t index = 0; index < count; ++index) {
    tensors->elements[index] = calloc((size_t)apus_tensor_batch_count(&types[index], n) + 1, sizeof(float));
    if (!tensors->elements[index]) {
      apus_tensors_free(tensors);
      return false;
    }
  }
  return true;
}

void apus_tensors_free(apus_tensors *tensors) {
  if (!tensors->elements) return;
  for (uint32_t index = 0; index < tensors->count; ++index) free(tensors->elements[index]);
  free(tensors->elements);
  tensors->elements = NULL;
}
