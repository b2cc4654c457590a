#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "apus_program.h"
#include "predictions.h"
#include "tensors.h"

/* Whether pictures can be given at all. */
static bool takes_pictures(const apus_program *program) {
  const apus_model *model = program->model;
  const char *reason = NULL;
  if (!program->preprocessing) {
    reason = "no preprocessing is declared for it";
  } else if (model->input_count != 1 || !model->inputs[0].batched || model->inputs[0].rank != 3) {
    reason = "its input is not a batch of pictures";
  } else if (model->output_count == 0 || !model->outputs[0].batched || model->outputs[0].rank != 1) {
    reason = "its first output is not a row of class scores";
  }
  if (reason) fprintf(stderr, "%s cannot classify pictures: %s; use --input and --output\n", model->name, reason);
  return !reason;
}

static bool load(const apus_program *program, const char *path, float *tensor) {
  const int64_t *extents = program->model->inputs[0].extents;
  apus_image image;
  apus_error error;
  if (apus_image_read(path, &image, &error) != APUS_OK) {
    fprintf(stderr, "%s\n", error.message);
    return false;
  }
  int status =
      apus_preprocess(program->preprocessing, &image, extents[0], extents[1], extents[2], tensor, &error);
  apus_image_free(&image);
  if (status != APUS_OK) fprintf(stderr, "%s: %s\n", path, error.message);
  return status == APUS_OK;
}

/* What one call of the model works on, and the paths of the pictures in it. */
typedef struct batch {
  apus_tensors inputs;
  apus_tensors outputs;
  const char **paths;
  int64_t capacity;
  int64_t count;
} batch;

static bool allocate_batch(batch *batch, const apus_model *model, int64_t capacity) {
  *batch = (struct batch){.capacity = capacity};
  batch->paths = calloc((size_t)capacity, sizeof *batch->paths);
  return batch->paths && apus_tensors_allocate(&batch->inputs, model->inputs, model->input_count, capacity)
         && apus_tensors_allocate(&batch->outputs, model->outputs, model->output_count, capacity);
}

static void free_batch(batch *batch) {
  apus_tensors_free(&batch->inputs);
  apus_tensors_free(&batch->outputs);
  free(batch->paths);
}

/* Runs the pictures that were gathered and prints what they are. Where they are fewer than the smallest batch, what
   lies behind them is run with them. */
static bool classify(const apus_program *program, apus_context *context, const apus_image_request *request,
                     batch *batch, int64_t *printed_count) {
  const apus_model *model = program->model;
  int64_t n = batch->count < model->smallest_batch ? model->smallest_batch : batch->count;
  if (apus_context_run(context, n, (const float *const *)batch->inputs.elements, batch->outputs.elements) != APUS_OK) {
    fprintf(stderr, "%s\n", apus_context_error(context));
    return false;
  }
  int64_t class_count = apus_tensor_element_count(&model->outputs[0]);
  for (int64_t index = 0; index < batch->count; ++index) {
    const float *scores = batch->outputs.elements[0] + index * class_count;
    if (!apus_predictions_print(program, request, batch->paths[index], scores, *printed_count == 0)) {
      fprintf(stderr, "there is no memory to rank %" PRId64 " classes\n", class_count);
      return false;
    }
    ++*printed_count;
  }
  batch->count = 0;
  return true;
}

static int run_batches(const apus_program *program, apus_context *context, const apus_image_request *request,
                       batch *batch) {
  int64_t image_element_count = apus_tensor_element_count(&program->model->inputs[0]), printed_count = 0;
  bool has_failed = false;
  if (request->as_json) printf("[");
  for (int64_t index = 0; index < request->path_count; ++index) {
    float *tensor = batch->inputs.elements[0] + batch->count * image_element_count;
    if (load(program, request->paths[index], tensor)) {
      batch->paths[batch->count++] = request->paths[index];
    } else {
      has_failed = true;
    }
    bool is_due = batch->count == batch->capacity || (index == request->path_count - 1 && batch->count > 0);
    if (is_due && !classify(program, context, request, batch, &printed_count)) {
      has_failed = true;
      break;
    }
  }
  if (request->as_json) printf("\n]\n");
  return has_failed ? 1 : 0;
}

int apus_run_images(const apus_program *program, apus_context *context, const apus_image_request *request) {
  if (!takes_pictures(program)) return 1;
  batch batch;
  int exit_status = 1;
  if (allocate_batch(&batch, program->model, apus_context_largest_batch(context))) {
    exit_status = run_batches(program, context, request, &batch);
  } else {
    fprintf(stderr, "there is no memory for a batch of pictures\n");
  }
  free_batch(&batch);
  return exit_status;
}
