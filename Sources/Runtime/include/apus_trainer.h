/* A network under training: what the C interface of a training library is made of. */
#ifndef APUS_TRAINER_H
#define APUS_TRAINER_H

#include "apus_context.h"
#include "apus_state.h"

/* What an input of the step is. */
enum apus_step_input {
  APUS_IMAGES,
  APUS_LABELS,        /* i32, a class for each image */
  APUS_LEARNING_RATE, /* one f32 */
  APUS_SEED,          /* one i32: the number of the step, which with the recipe decides what is random in it */
  APUS_STEP_INPUT_COUNT,
};

/* A network compiled for training: constant tables that the compiler writes. */
typedef struct apus_training {
  /* For one batch size. The weights of both models are the state's image, which the step changes. */
  const apus_model *step;
  /* The logits by running statistics, its first output, of its one input. */
  const apus_model *evaluation;
  /* An apus_step_input for each input of the step. */
  const uint32_t *step_inputs;
  const apus_state_tensor *tensors;
  uint32_t tensor_count;
  /* The first steps, which change nothing of the state; then the loss is known, the first output. */
  uint32_t loss_step_count;
  int64_t class_count;
  /* The beginning of the image as it is before the first step, which is zero after that. */
  const void *initial_image;
  uint64_t initial_byte_count;
} apus_training;

typedef struct apus_trainer_options {
  uint32_t abi_version;
  int thread_count;
  apus_hooks hooks;
} apus_trainer_options;

/* Serves one caller at a time. */
typedef struct apus_trainer apus_trainer;

/* Checks the processor and allocates all that steps need, but for the threads, which the first step and the first
   evaluation make. Returns an apus_status; apus_trainer_error(NULL) says more. */
int apus_trainer_create(const apus_training *training, const apus_trainer_options *options, apus_trainer **trainer);

/* `trainer` may be null. */
void apus_trainer_destroy(apus_trainer *trainer);

/* One step: forward, loss, backward, update. *loss is the mean over the batch as it was before the update; `loss` may
   be null. Where it is not finite, that is the error APUS_NOT_FINITE, and the state stays as it was. */
int apus_trainer_step(apus_trainer *trainer, const float *images, const int32_t *labels, float learning_rate,
                      float *loss);

/* The logits of `n` images, any number of them, by running statistics. */
int apus_trainer_evaluate(apus_trainer *trainer, int64_t n, const float *images, float *logits);

/* Writes weights and statistics to a safetensors file, with momentum and the number of steps beside them where
   training is to be continued from it. */
int apus_trainer_save(apus_trainer *trainer, const char *path, int with_momentum);

/* Reads such a file, or any with the network's weights. On failure the state stays as it was. */
int apus_trainer_load(apus_trainer *trainer, const char *path);

/* Steps taken, those before a checkpoint that was loaded among them. */
int64_t apus_trainer_step_count(const apus_trainer *trainer);

/* Why the last call with `trainer` failed; null: why the last creation on this thread failed. */
const char *apus_trainer_error(const apus_trainer *trainer);

#endif
