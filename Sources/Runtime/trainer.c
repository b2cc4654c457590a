#include "apus_trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "apus_cpu.h"
#include "apus_instance.h"
#include "apus_thread_count.h"

struct apus_trainer {
  const apus_training *training;
  apus_hooks hooks;
  apus_state state;
  int64_t step_count;
  apus_context *step;
  apus_context *evaluation;
  /* Memory for the outputs of both models. The first of the evaluation is its caller's. */
  float **step_outputs;
  float **evaluation_outputs;
  apus_error error;
};

static _Thread_local apus_error trainer_creation_error;

/* MARK: Memory */

/* So that what follows is aligned. */
static size_t whole_lines(size_t byte_count) {
  return (byte_count + APUS_ALIGNMENT - 1) / APUS_ALIGNMENT * APUS_ALIGNMENT;
}

static size_t output_byte_count(const apus_model *model, uint32_t index) {
  const apus_tensor *output = &model->outputs[index];
  int64_t images = output->batched ? model->largest_batch : 1;
  return whole_lines((size_t)(images * apus_tensor_element_count(output)) * sizeof(float));
}

/* The pointers to a model's outputs, and the outputs. */
static size_t outputs_byte_count(const apus_model *model) {
  size_t total = whole_lines(model->output_count * sizeof(float *));
  for (uint32_t index = 0; index < model->output_count; ++index) total += output_byte_count(model, index);
  return total;
}

static float **lay_outputs(const apus_model *model, char *memory) {
  float **outputs = (float **)memory;
  memory += whole_lines(model->output_count * sizeof *outputs);
  for (uint32_t index = 0; index < model->output_count; ++index) {
    outputs[index] = (float *)memory;
    memory += output_byte_count(model, index);
  }
  return outputs;
}

/* Step and evaluation never run at once, so that they share a workspace. */
static uint64_t trainer_workspace_byte_count(const apus_training *training, int thread_count) {
  const apus_model *model = training->evaluation;
  uint64_t step = apus_model_workspace_byte_count(training->step, training->step->largest_batch, thread_count);
  uint64_t evaluation = apus_model_workspace_byte_count(model, model->largest_batch, thread_count);
  return whole_lines(step > evaluation ? step : evaluation);
}

/* Step and evaluation are on one image; what is constant in the evaluation lies behind the rest. */
static size_t image_byte_count(const apus_training *training) {
  uint64_t step = training->step->weights_byte_count, evaluation = training->evaluation->weights_byte_count;
  return whole_lines(step > evaluation ? step : evaluation);
}

/* A trainer, its state, its outputs and its workspace are one block, in this order. */
static apus_trainer *allocate_trainer(const apus_training *training, const apus_hooks *hooks,
                                      uint64_t workspace_byte_count, void **workspace) {
  size_t header = whole_lines(sizeof(apus_trainer)), image = image_byte_count(training);
  size_t step_outputs = outputs_byte_count(training->step), outputs = outputs_byte_count(training->evaluation);
  char *memory = apus_allocate(hooks, header + image + step_outputs + outputs + workspace_byte_count);
  if (!memory) return NULL;
  apus_trainer *trainer = (apus_trainer *)memory;
  *trainer = (apus_trainer){
      .training = training,
      .hooks = *hooks,
      .state = {training->step->name, training->tensors, training->tensor_count, memory + header},
      .step_outputs = lay_outputs(training->step, memory + header + image),
      .evaluation_outputs = lay_outputs(training->evaluation, memory + header + image + step_outputs),
  };
  memset(trainer->state.image, 0, image);
  memcpy(trainer->state.image, training->initial_image, training->initial_byte_count);
  *workspace = memory + header + image + step_outputs + outputs;
  return trainer;
}

/* MARK: Creation */

static int create_contexts(apus_trainer *trainer, int thread_count, void *workspace, uint64_t workspace_byte_count) {
  apus_context_options options = {
      .weights = trainer->state.image,
      .thread_count = thread_count,
      .workspace = workspace,
      .workspace_byte_count = workspace_byte_count,
      .hooks = trainer->hooks,
  };
  int status = apus_context_create(trainer->training->step, &options, &trainer->step, &trainer_creation_error);
  if (status != APUS_OK) return status;
  return apus_context_create(trainer->training->evaluation, &options, &trainer->evaluation, &trainer_creation_error);
}

static int check_trainer_options(const apus_training *training, const apus_trainer_options *options) {
  const apus_model *model = training->step;
  if (options->abi_version != APUS_ABI_VERSION) {
    return apus_fail(&trainer_creation_error, APUS_INVALID_ARGUMENT,
                     "the caller's header is of ABI version %u; this library of %s is of version %d",
                     options->abi_version, model->name, APUS_ABI_VERSION);
  }
  int status = apus_check_hooks(&options->hooks, &trainer_creation_error);
  if (status != APUS_OK) return status;
  return apus_check_cpu(model->name, model->cpu_features, &trainer_creation_error);
}

int apus_trainer_create(const apus_training *training, const apus_trainer_options *options, apus_trainer **result) {
  *result = NULL;
  int status = check_trainer_options(training, options);
  if (status != APUS_OK) return status;
  int thread_count;
  status = apus_choose_thread_count(options->thread_count, &thread_count, &trainer_creation_error);
  if (status != APUS_OK) return status;
  uint64_t workspace_byte_count = trainer_workspace_byte_count(training, thread_count);
  void *workspace;
  apus_trainer *trainer = allocate_trainer(training, &options->hooks, workspace_byte_count, &workspace);
  if (!trainer) {
    return apus_fail(&trainer_creation_error, APUS_OUT_OF_MEMORY,
                     "there is no memory for the %zu bytes of state and the %" PRIu64
                     " bytes of workspace that training %s needs",
                     image_byte_count(training), workspace_byte_count, training->step->name);
  }
  status = create_contexts(trainer, thread_count, workspace, workspace_byte_count);
  if (status != APUS_OK) {
    apus_trainer_destroy(trainer);
    return status;
  }
  *result = trainer;
  return APUS_OK;
}

void apus_trainer_destroy(apus_trainer *trainer) {
  if (!trainer) return;
  apus_context_destroy(trainer->step);
  apus_context_destroy(trainer->evaluation);
  apus_hooks hooks = trainer->hooks;
  apus_release(&hooks, trainer);
}

/* MARK: Steps */

static int check_step(apus_trainer *trainer, const float *images, const int32_t *labels, float learning_rate) {
  const apus_training *training = trainer->training;
  if (!images || !labels) {
    return apus_fail(&trainer->error, APUS_INVALID_ARGUMENT, "a step needs images and labels, not null pointers");
  }
  for (int64_t image = 0; image < training->step->largest_batch; ++image) {
    if (labels[image] >= 0 && labels[image] < training->class_count) continue;
    return apus_fail(&trainer->error, APUS_INVALID_ARGUMENT,
                     "the label of image %" PRId64 " is %" PRId32 "; %s has the classes 0 to %" PRId64, image,
                     labels[image], training->step->name, training->class_count - 1);
  }
  if (!isfinite(learning_rate)) {
    return apus_fail(&trainer->error, APUS_INVALID_ARGUMENT, "the learning rate is %g; a finite one is needed",
                     (double)learning_rate);
  }
  return APUS_OK;
}

static int run_part(apus_trainer *trainer, const float *const inputs[], uint32_t first_step, uint32_t end_step) {
  const apus_model *model = trainer->training->step;
  int64_t n = model->largest_batch;
  int status = apus_context_run_rounds(trainer->step, n, inputs, trainer->step_outputs,
                                       (uint32_t)apus_model_round_count(model, first_step, n),
                                       (uint32_t)apus_model_round_count(model, end_step, n));
  if (status == APUS_OK) return APUS_OK;
  return apus_fail(&trainer->error, status, "%s", apus_context_error(trainer->step));
}

int apus_trainer_step(apus_trainer *trainer, const float *images, const int32_t *labels, float learning_rate,
                      float *loss) {
  int status = check_step(trainer, images, labels, learning_rate);
  if (status != APUS_OK) return status;
  const apus_training *training = trainer->training;
  int32_t seed = (int32_t)(uint32_t)trainer->step_count;
  const float *sources[APUS_STEP_INPUT_COUNT] = {
      [APUS_IMAGES] = images,
      [APUS_LABELS] = (const float *)labels,
      [APUS_LEARNING_RATE] = &learning_rate,
      [APUS_SEED] = (const float *)&seed,
  };
  const float *inputs[APUS_STEP_INPUT_COUNT];
  for (uint32_t index = 0; index < training->step->input_count; ++index) {
    inputs[index] = sources[training->step_inputs[index]];
  }
  status = run_part(trainer, inputs, 0, training->loss_step_count);
  if (status != APUS_OK) return status;
  float made = trainer->step_outputs[0][0];
  if (loss) *loss = made;
  if (!isfinite(made)) {
    return apus_fail(&trainer->error, APUS_NOT_FINITE,
                     "the loss of step %" PRId64 " is %g; the weights are as they were before it. If images and "
                     "weights are finite, a lower learning rate may help",
                     trainer->step_count, (double)made);
  }
  status = run_part(trainer, inputs, training->loss_step_count, training->step->step_count);
  if (status == APUS_OK) ++trainer->step_count;
  return status;
}

int apus_trainer_evaluate(apus_trainer *trainer, int64_t n, const float *images, float *logits) {
  const apus_model *model = trainer->training->evaluation;
  if (n < 0 || (n > 0 && (!images || !logits))) {
    return apus_fail(&trainer->error, APUS_INVALID_ARGUMENT,
                     "an evaluation needs images and memory for their logits; the number is %" PRId64
                     ", and one may be a null pointer", n);
  }
  int64_t image_elements = apus_tensor_element_count(&model->inputs[0]);
  while (n > 0) {
    int64_t count = n < model->largest_batch ? n : model->largest_batch;
    trainer->evaluation_outputs[0] = logits;
    int status = apus_context_run(trainer->evaluation, count, &images, trainer->evaluation_outputs);
    if (status != APUS_OK) {
      return apus_fail(&trainer->error, status, "%s", apus_context_error(trainer->evaluation));
    }
    images += count * image_elements;
    logits += count * trainer->training->class_count;
    n -= count;
  }
  return APUS_OK;
}

int64_t apus_trainer_step_count(const apus_trainer *trainer) { return trainer->step_count; }

/* MARK: Files */

static int check_path(apus_trainer *trainer, const char *path) {
  if (path) return APUS_OK;
  return apus_fail(&trainer->error, APUS_INVALID_ARGUMENT, "the path is a null pointer");
}

int apus_trainer_save(apus_trainer *trainer, const char *path, int with_momentum) {
  int status = check_path(trainer, path);
  if (status != APUS_OK) return status;
  int64_t step_count = with_momentum ? trainer->step_count : -1;
  return apus_state_save(&trainer->state, path, step_count, &trainer->hooks, &trainer->error);
}

int apus_trainer_load(apus_trainer *trainer, const char *path) {
  int status = check_path(trainer, path);
  if (status != APUS_OK) return status;
  return apus_state_load(&trainer->state, path, &trainer->step_count, &trainer->hooks, &trainer->error);
}

const char *apus_trainer_error(const apus_trainer *trainer) {
  return trainer ? trainer->error.message : trainer_creation_error.message;
}
