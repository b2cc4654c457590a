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

uint64_t apus_model_round_count(const apus_model *model, uint32_t step_count, int64_t n) {
  uint64_t count = 0;
  for (uint32_t index = 0; index < step_count; ++index) {
    int64_t images = model->steps[index].images_per_round;
    count += images == 0 ? 1 : (uint64_t)((n + images - 1) / images);
  }
  return count;
}

static uint64_t aligned(uint64_t byte_count) {
  return (byte_count + APUS_ALIGNMENT - 1) / APUS_ALIGNMENT * APUS_ALIGNMENT;
}

uint64_t apus_model_arena_byte_count(const apus_model *model, int64_t n) {
  return aligned(model->arena_fixed_byte_count + (uint64_t)n * model->arena_byte_count_per_image);
}

uint64_t apus_model_scratch_byte_count(const apus_model *model) { return aligned(model->scratch_byte_count); }

uint64_t apus_model_workspace_byte_count(const apus_model *model, int64_t n, int thread_count) {
  return apus_model_arena_byte_count(model, n) + (uint64_t)thread_count * apus_model_scratch_byte_count(model);
}
