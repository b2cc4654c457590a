#include "predictions.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json.h"

typedef struct prediction {
  int64_t class_index;
  double probability;
} prediction;

/* The likelier first; what is not a number last; ties in the order of the classes. */
static int compare_predictions(const void *a, const void *b) {
  const prediction *left = a, *right = b;
  bool left_is_number = !isnan(left->probability), right_is_number = !isnan(right->probability);
  if (left_is_number != right_is_number) return left_is_number ? -1 : 1;
  if (left_is_number && left->probability != right->probability) return left->probability > right->probability ? -1 : 1;
  return left->class_index < right->class_index ? -1 : 1;
}

static void apply_softmax(prediction *predictions, int64_t count) {
  double largest = -INFINITY, sum = 0;
  for (int64_t index = 0; index < count; ++index) largest = fmax(largest, predictions[index].probability);
  for (int64_t index = 0; index < count; ++index) {
    predictions[index].probability = exp(predictions[index].probability - largest);
    sum += predictions[index].probability;
  }
  for (int64_t index = 0; index < count; ++index) predictions[index].probability /= sum;
}

/* Null where the class has no name. */
static const char *label_of(const apus_program *program, int64_t class_index) {
  return program->labels && class_index < program->label_count ? program->labels[class_index] : NULL;
}

static void print_json(const apus_program *program, const char *path, const prediction *predictions, int64_t count,
                       bool is_first) {
  printf("%s\n  {\"image\": ", is_first ? "" : ",");
  apus_json_print_string(path);
  printf(", \"predictions\": [");
  for (int64_t rank = 0; rank < count; ++rank) {
    int64_t class_index = predictions[rank].class_index;
    const char *label = label_of(program, class_index);
    printf("%s{\"class\": %" PRId64, rank ? ", " : "", class_index);
    if (label) {
      printf(", \"label\": ");
      apus_json_print_string(label);
    }
    printf(", \"probability\": ");
    apus_json_print_number(predictions[rank].probability);
    printf("}");
  }
  printf("]}");
}

static void print_table(const apus_program *program, const char *path, const prediction *predictions, int64_t count,
                        bool is_first) {
  printf("%s%s\n", is_first ? "" : "\n", path);
  for (int64_t rank = 0; rank < count; ++rank) {
    int64_t class_index = predictions[rank].class_index;
    const char *label = label_of(program, class_index);
    printf("  %7.2f %%  %5" PRId64, 100 * predictions[rank].probability, class_index);
    if (label) printf("  %s", label);
    printf("\n");
  }
}

bool apus_predictions_print(const apus_program *program, const apus_image_request *request, const char *path,
                            const float *scores, bool is_first) {
  int64_t count = apus_tensor_element_count(&program->model->outputs[0]);
  prediction *predictions = malloc((size_t)count * sizeof *predictions);
  if (!predictions) return false;
  for (int64_t index = 0; index < count; ++index) predictions[index] = (prediction){index, scores[index]};
  if (!program->outputs_probabilities) apply_softmax(predictions, count);
  qsort(predictions, (size_t)count, sizeof *predictions, compare_predictions);
  int64_t top_count = request->top_count < count ? request->top_count : count;
  if (request->as_json) {
    print_json(program, path, predictions, top_count, is_first);
  } else {
    print_table(program, path, predictions, top_count, is_first);
  }
  free(predictions);
  return true;
}
