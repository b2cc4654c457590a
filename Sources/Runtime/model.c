#include "apus_model.h"

int64_t apus_tensor_element_count(const apus_tensor *tensor) {
  int64_t count = 1;
  for (uint32_t axis = 0; axis < tensor->rank; ++axis) count *= tensor->extents[axis];
  return count;
}

int64_t apus_step_chunk_count(const apus_step *step, int64_t n) {
  int64_t per_group = (int64_t)step->chunks_per_group;
  if (step->images_per_group == 0) return per_group;
  return per_group * ((n + step->images_per_group - 1) / step->images_per_group);
}

uint64_t apus_model_workspace_byte_count(const apus_model *model, int64_t n) {
  return model->arena_fixed_byte_count + (uint64_t)n * model->arena_byte_count_per_image;
}
