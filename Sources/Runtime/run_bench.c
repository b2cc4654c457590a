#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "apus_program.h"
#include "apus_recording.h"
#include "json.h"
#include "tensors.h"

/* Enough for the caches, the threads and the clock to settle. */
static const double warm_up_seconds = 0.2;

enum { TIME_LIMIT_COUNT = 1000000 };

typedef struct timings {
  double *milliseconds;
  int64_t count;
} timings;

static double seconds_now(void) { return 1e-9 * (double)apus_nanoseconds(); }

/* Between -1 and 1, the same every time; zeros would be kinder to some processors than real data is. */
static void fill(float *elements, int64_t count) {
  uint32_t state = 1;
  for (int64_t index = 0; index < count; ++index) {
    state = state * 1664525u + 1013904223u;
    elements[index] = (float)(state >> 8) / 8388608.0f - 1;
  }
}

static int measure(apus_context *context, const apus_bench_request *request, const float *const *inputs,
                   const apus_tensors *outputs, timings *timings) {
  double begin = seconds_now();
  do {
    int status = apus_context_run(context, request->batch, inputs, outputs->elements);
    if (status != APUS_OK) return status;
  } while (seconds_now() - begin < warm_up_seconds);
  int64_t limit = request->repeat_count > 0 ? request->repeat_count : TIME_LIMIT_COUNT;
  begin = seconds_now();
  while (timings->count < limit) {
    double start = seconds_now();
    apus_context_run(context, request->batch, inputs, outputs->elements);
    double end = seconds_now();
    timings->milliseconds[timings->count++] = 1e3 * (end - start);
    if (request->repeat_count == 0 && end - begin >= request->seconds) break;
  }
  return APUS_OK;
}

static int compare_times(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

/* The smallest time that `percent` of all do not exceed. */
static double percentile(const double *sorted, int64_t count, int percent) {
  int64_t rank = (count * percent + 99) / 100;
  return sorted[rank > 0 ? rank - 1 : 0];
}

static void report(const apus_program *program, const apus_context *context, const apus_bench_request *request,
                   const timings *timings, const double *sorted) {
  int64_t count = timings->count;
  double median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
  double gflops = (double)program->operations_per_image * (double)request->batch / (median * 1e6);
  double p90 = percentile(sorted, count, 90), p99 = percentile(sorted, count, 99);
  int thread_count = apus_context_thread_count(context);
  if (!request->as_json) {
    printf("%s, batch %" PRId64 ", %d thread%s, %s, %s: %" PRId64 " run%s\n", program->model->name, request->batch,
           thread_count, thread_count == 1 ? "" : "s", program->target, program->precision, count,
           count == 1 ? "" : "s");
    printf("     min     %9.3f ms\n     median  %9.3f ms   %.1f GFLOP/s\n", sorted[0], median, gflops);
    printf("     90 %%    %9.3f ms\n     99 %%    %9.3f ms\n", p90, p99);
    if (request->peak_gflops > 0) {
      printf("     %.1f %% of the multiply-add peak, %.1f GFLOP/s\n", 100 * gflops / request->peak_gflops,
             request->peak_gflops);
    }
    return;
  }
  printf("{\"network\": ");
  apus_json_print_string(program->model->name);
  printf(", \"batch\": %" PRId64 ", \"threads\": %d, \"target\": ", request->batch, thread_count);
  apus_json_print_string(program->target);
  printf(", \"precision\": ");
  apus_json_print_string(program->precision);
  if (request->peak_gflops > 0) {
    printf(", \"peak_gflops\": %.3f, \"peak_fraction\": %.4f", request->peak_gflops, gflops / request->peak_gflops);
  }
  printf(", \"min_ms\": %.6f, \"median_ms\": %.6f, \"p90_ms\": %.6f, \"p99_ms\": %.6f", sorted[0], median, p90, p99);
  printf(", \"gflops\": %.3f, \"times_ms\": [", gflops);
  for (int64_t index = 0; index < count; ++index) printf("%s%.6f", index ? ", " : "", timings->milliseconds[index]);
  printf("]}\n");
}

static int bench(const apus_program *program, apus_context *context, const apus_bench_request *request,
                 const float *const *inputs, const apus_tensors *outputs) {
  int64_t capacity = request->repeat_count > 0 ? request->repeat_count : TIME_LIMIT_COUNT;
  /* Times in the order of the runs, and sorted. */
  double *times = malloc(2 * (size_t)capacity * sizeof *times);
  if (!times) {
    fprintf(stderr, "there is no memory for the times\n");
    return 1;
  }
  timings timings = {times, 0};
  int status = measure(context, request, inputs, outputs, &timings);
  if (status != APUS_OK) {
    fprintf(stderr, "%s\n", apus_context_error(context));
  } else {
    double *sorted = times + capacity;
    for (int64_t index = 0; index < timings.count; ++index) sorted[index] = times[index];
    qsort(sorted, (size_t)timings.count, sizeof *sorted, compare_times);
    report(program, context, request, &timings, sorted);
  }
  free(times);
  return status == APUS_OK ? 0 : 1;
}

int apus_run_bench(const apus_program *program, apus_context *context, const apus_bench_request *request) {
  const apus_model *model = program->model;
  apus_tensors inputs, outputs = {0};
  int exit_status = 1;
  if (apus_tensors_allocate(&inputs, model->inputs, model->input_count, request->batch)
      && apus_tensors_allocate(&outputs, model->outputs, model->output_count, request->batch)) {
    for (uint32_t index = 0; index < inputs.count; ++index) {
      fill(inputs.elements[index], apus_tensor_batch_count(&model->inputs[index], request->batch));
    }
    const float *const *arbitrary = (const float *const *)inputs.elements;
    exit_status = bench(program, context, request, request->inputs ? request->inputs : arbitrary, &outputs);
  } else {
    fprintf(stderr, "there is no memory for a batch of %" PRId64 "\n", request->batch);
  }
  apus_tensors_free(&inputs);
  apus_tensors_free(&outputs);
  return exit_status;
}
