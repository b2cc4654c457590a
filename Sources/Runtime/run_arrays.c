#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apus_npy.h"
#include "apus_program.h"
#include "tensors.h"

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* MARK: Shapes */

static void format_shape(char text[256], const int64_t *extents, uint32_t rank, bool is_batched) {
  size_t length = (size_t)snprintf(text, 256, "[%s", is_batched ? "N" : "");
  for (uint32_t axis = 0; axis < rank && length < 256; ++axis) {
    length += (size_t)snprintf(text + length, 256 - length, "%s%" PRId64, axis || is_batched ? ", " : "",
                               extents[axis]);
  }
  if (length < 255) strcpy(text + length, "]");
}

/* Checks an array against its input, and the number of images against that of the arrays before; *n is -1 as long as
   no batched input was met. */
static int check_array(const char *path, const apus_array *array, const apus_tensor *tensor, int64_t *n) {
  uint32_t offset = tensor->batched ? 1 : 0;
  if (array->rank != tensor->rank + offset
      || memcmp(array->extents + offset, tensor->extents, tensor->rank * sizeof *tensor->extents) != 0) {
    char expected[256], found[256];
    format_shape(expected, tensor->extents, tensor->rank, tensor->batched);
    format_shape(found, array->extents, array->rank, false);
    fprintf(stderr, "%s has the shape %s; input %s takes %s\n", path, found, tensor->name, expected);
    return 1;
  }
  if (!tensor->batched) return 0;
  if (array->extents[0] == 0 || (*n >= 0 && *n != array->extents[0])) {
    fprintf(stderr, "%s holds %" PRId64 " images; %s\n", path, array->extents[0],
            *n < 0 ? "at least one is needed" : "the arrays before it hold another number");
    return 1;
  }
  *n = array->extents[0];
  return 0;
}

/* MARK: Running */

typedef struct batch_run {
  const apus_model *model;
  apus_context *context;
  /* The whole arrays. */
  const apus_tensors *inputs;
  const apus_tensors *outputs;
  int64_t n;
} batch_run;

static void point_at(float **pieces, const apus_tensors *tensors, const apus_tensor *types, int64_t first) {
  for (uint32_t index = 0; index < tensors->count; ++index) {
    int64_t offset = types[index].batched ? first * apus_tensor_element_count(&types[index]) : 0;
    pieces[index] = tensors->elements[index] + offset;
  }
}

static void copy(const apus_tensors *target, const apus_tensors *source, const apus_tensor *types, int64_t n) {
  for (uint32_t index = 0; index < target->count; ++index) {
    size_t count = (size_t)apus_tensor_batch_count(&types[index], n);
    memcpy(target->elements[index], source->elements[index], count * sizeof(float));
  }
}

/* Runs the images first..<first + count where `count` is less than the smallest batch. */
static int run_padded(const batch_run *run, const apus_tensors *inputs, const apus_tensors *outputs, int64_t count) {
  const apus_model *model = run->model;
  apus_tensors padded_inputs, padded_outputs = {0};
  int status = APUS_OUT_OF_MEMORY;
  if (apus_tensors_allocate(&padded_inputs, model->inputs, model->input_count, model->smallest_batch)
      && apus_tensors_allocate(&padded_outputs, model->outputs, model->output_count, model->smallest_batch)) {
    copy(&padded_inputs, inputs, model->inputs, count);
    status = apus_context_run(run->context, model->smallest_batch, (const float *const *)padded_inputs.elements,
                              padded_outputs.elements);
    if (status == APUS_OK) copy(outputs, &padded_outputs, model->outputs, count);
  }
  apus_tensors_free(&padded_inputs);
  apus_tensors_free(&padded_outputs);
  return status;
}

static int run_piece(const batch_run *run, int64_t first, int64_t count) {
  float *input_pieces[run->inputs->count + 1], *output_pieces[run->outputs->count + 1];
  point_at(input_pieces, run->inputs, run->model->inputs, first);
  point_at(output_pieces, run->outputs, run->model->outputs, first);
  if (count >= run->model->smallest_batch) {
    return apus_context_run(run->context, count, (const float *const *)input_pieces, output_pieces);
  }
  apus_tensors inputs = {input_pieces, run->inputs->count}, outputs = {output_pieces, run->outputs->count};
  return run_padded(run, &inputs, &outputs, count);
}

static int run_all(const batch_run *run) {
  int64_t piece = apus_context_largest_batch(run->context);
  for (int64_t first = 0; first < run->n; first += piece) {
    int status = run_piece(run, first, smaller(piece, run->n - first));
    if (status == APUS_OK) continue;
    fprintf(stderr, "%s\n", status == APUS_OUT_OF_MEMORY ? "there is no memory for a piece of the input"
                                                          : apus_context_error(run->context));
    return 1;
  }
  return 0;
}

/* MARK: Files */

static int write_outputs(const apus_model *model, const apus_tensors *outputs, int64_t n,
                         const char *const *output_paths) {
  for (uint32_t index = 0; index < model->output_count; ++index) {
    const apus_tensor *tensor = &model->outputs[index];
    uint32_t offset = tensor->batched ? 1 : 0;
    apus_array array = {.rank = tensor->rank + offset, .elements = outputs->elements[index]};
    array.element_count = apus_tensor_batch_count(tensor, n);
    array.extents[0] = n;
    memcpy(array.extents + offset, tensor->extents, tensor->rank * sizeof *tensor->extents);
    apus_error error;
    if (apus_npy_write(output_paths[index], &array, &error) != APUS_OK) {
      fprintf(stderr, "%s\n", error.message);
      return 1;
    }
  }
  return 0;
}

/* Reads the inputs, which the caller frees whatever is returned. */
static int read_inputs(const apus_model *model, const char *const *paths, float **elements, int64_t *n) {
  *n = -1;
  for (uint32_t index = 0; index < model->input_count; ++index) {
    apus_array array;
    apus_error error;
    if (apus_npy_read(paths[index], &array, &error) != APUS_OK) {
      fprintf(stderr, "%s\n", error.message);
      return 1;
    }
    elements[index] = array.elements;
    if (check_array(paths[index], &array, &model->inputs[index], n) != 0) return 1;
  }
  if (*n < 0) *n = model->smallest_batch;
  return 0;
}

int apus_run_arrays(const apus_program *program, apus_context *context, const char *const *input_paths,
                    const char *const *output_paths) {
  const apus_model *model = program->model;
  float *input_elements[model->input_count + 1];
  memset(input_elements, 0, sizeof input_elements);
  apus_tensors inputs = {input_elements, model->input_count}, outputs = {0};
  int64_t n;
  int exit_status = read_inputs(model, input_paths, input_elements, &n);
  if (exit_status == 0 && !apus_tensors_allocate(&outputs, model->outputs, model->output_count, n)) {
    fprintf(stderr, "there is no memory for the outputs of %" PRId64 " images\n", n);
    exit_status = 1;
  }
  batch_run run = {model, context, &inputs, &outputs, n};
  if (exit_status == 0) exit_status = run_all(&run);
  if (exit_status == 0) exit_status = write_outputs(model, &outputs, n, output_paths);
  for (uint32_t index = 0; index < model->input_count; ++index) free(input_elements[index]);
  apus_tensors_free(&outputs);
  return exit_status;
}
