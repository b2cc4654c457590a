#include "apus_program.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apus_cpu.h"
#include "apus_weights.h"
#include "command_line.h"

enum exit_status { EXIT_FINE = 0, EXIT_INPUT = 1, EXIT_USAGE = 2 };

static const int64_t default_top_count = 5;
static const double default_bench_seconds = 2;

/* MARK: Help */

static void print_shapes(const char *title, const apus_tensor *tensors, uint32_t count) {
  for (uint32_t index = 0; index < count; ++index) {
    const apus_tensor *tensor = &tensors[index];
    printf("  %-7s %s: f32[%s", index == 0 ? title : "", tensor->name, tensor->batched ? "N" : "");
    for (uint32_t axis = 0; axis < tensor->rank; ++axis) {
      printf("%s%" PRId64, axis || tensor->batched ? ", " : "", tensor->extents[axis]);
    }
    printf("]\n");
  }
}

static void print_help(const apus_program *program, const char *command) {
  const apus_model *model = program->model;
  printf("%s, compiled for %s in %s by apus\n\n", model->name, program->target, program->precision);
  print_shapes("input", model->inputs, model->input_count);
  print_shapes("output", model->outputs, model->output_count);
  printf("  batch   %" PRId64 " to %" PRId64 "; more images are run in pieces\n\n", model->smallest_batch,
         model->largest_batch);
  if (program->preprocessing) {
    printf("%s IMAGE... [--top K] [--threads N] [--json]\n"
           "    What PNG or JPEG pictures show: the K likeliest classes (default %" PRId64 ").\n\n",
           command, default_top_count);
  }
  printf("%s --input X.npy --output Y.npy [--threads N]\n"
         "    Runs on arrays, already preprocessed: f32 of the shapes above, any N. Repeat --input and --output for\n"
         "    each input and output, in their order.\n\n"
         "%s --bench [--repeat N | --seconds S] [--batch N] [--threads N] [--json]\n"
         "    Times runs, after a warm-up, for S seconds (default %g).\n\n"
         "%s --info\n"
         "    Describes the model, as JSON.\n\n"
         "  --threads N     threads to use; by default as many as this process may keep busy. The results are the\n"
         "                  same bits for any number.\n",
         command, command, default_bench_seconds, command);
  if (!program->embedded_weights && model->weights_byte_count > 0) {
    printf("  --weights FILE  the weights, if they are not in %s beside the executable\n", program->weights_file);
  }
  printf("\nExit status: 0; 1 an input is at fault; 2 the arguments are.\n");
}

/* MARK: Weights */

/* The file beside the executable, wherever that is called from. False: no such path. */
static bool path_beside_executable(const char *name, char path[PATH_MAX]) {
  ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  char *slash = strrchr(path, '/');
  size_t directory_length = slash ? (size_t)(slash + 1 - path) : 0;
  return snprintf(path + directory_length, PATH_MAX - directory_length, "%s", name)
         < (int)(PATH_MAX - directory_length);
}

static int find_weights(const apus_program *program, const char *given_path, apus_mapping *mapping,
                        const void **weights, apus_error *error) {
  char beside[PATH_MAX];
  *weights = program->embedded_weights;
  if (!given_path && (program->embedded_weights || program->model->weights_byte_count == 0)) return APUS_OK;
  if (!given_path && !path_beside_executable(program->weights_file, beside)) {
    return apus_fail(error, APUS_BAD_WEIGHTS, "the directory of the executable is not known: use --weights");
  }
  return apus_weights_map(program->model, given_path ? given_path : beside, mapping, weights, error);
}

/* MARK: Running */

static int64_t at_least(int64_t number, int64_t least) { return number > least ? number : least; }

static int64_t at_most(int64_t number, int64_t most) { return number < most ? number : most; }

/* The batches that the context must be ready for. */
static int64_t largest_batch(const apus_model *model, const apus_command_line *line) {
  switch (line->mode) {
    case MODE_IMAGES: return at_most(at_least(line->image_count, model->smallest_batch), model->largest_batch);
    case MODE_BENCH: return line->batch ? line->batch : model->smallest_batch;
    default: return model->largest_batch;
  }
}

static int run_with(const apus_program *program, const apus_command_line *line, const void *weights,
                    apus_error *error) {
  apus_context_options options = {
      .weights = weights,
      .thread_count = (int)line->thread_count,
      .largest_batch = largest_batch(program->model, line),
  };
  apus_context *context;
  if (apus_context_create(program->model, &options, &context, error) != APUS_OK) {
    fprintf(stderr, "%s\n", error->message);
    return EXIT_INPUT;
  }
  int exit_status;
  if (line->mode == MODE_IMAGES) {
    apus_image_request request = {line->images, line->image_count,
                                  line->top_count ? line->top_count : default_top_count, line->as_json};
    exit_status = apus_run_images(program, context, &request);
  } else if (line->mode == MODE_ARRAYS) {
    exit_status = apus_run_arrays(program, context, line->inputs, line->outputs);
  } else {
    apus_bench_request request = {
        .batch = options.largest_batch,
        .repeat_count = line->repeat_count,
        .seconds = line->seconds > 0 ? line->seconds : default_bench_seconds,
        .as_json = line->as_json,
    };
    exit_status = apus_run_bench(program, context, &request);
  }
  apus_context_destroy(context);
  return exit_status;
}

static int run_model(const apus_program *program, const apus_command_line *line) {
  apus_error error;
  apus_mapping mapping = {0};
  const void *weights;
  if (apus_check_cpu(program->model->name, program->model->cpu_features, &error) != APUS_OK
      || find_weights(program, line->weights_path, &mapping, &weights, &error) != APUS_OK) {
    fprintf(stderr, "%s\n", error.message);
    return EXIT_INPUT;
  }
  int exit_status = run_with(program, line, weights, &error);
  apus_unmap(&mapping);
  return exit_status;
}

/* Whether there is a path for each input and output. */
static bool has_all_arrays(const apus_model *model, const apus_command_line *line) {
  if (line->mode != MODE_ARRAYS) return true;
  if ((uint32_t)line->input_count == model->input_count && (uint32_t)line->output_count == model->output_count) {
    return true;
  }
  fprintf(stderr, "%s has %" PRIu32 " input(s) and %" PRIu32 " output(s); --input was given %d time(s), --output %d\n",
          model->name, model->input_count, model->output_count, line->input_count, line->output_count);
  return false;
}

static int act(const apus_program *program, apus_command_line *line, int argument_count, char **arguments) {
  if (!apus_command_line_parse(line, argument_count, arguments) || !has_all_arrays(program->model, line)) {
    fprintf(stderr, "Try %s --help.\n", arguments[0]);
    return EXIT_USAGE;
  }
  if (line->mode == MODE_HELP) {
    print_help(program, arguments[0]);
  } else if (line->mode == MODE_INFO) {
    printf("%s\n", program->model->info);
  } else {
    return run_model(program, line);
  }
  return EXIT_FINE;
}

int apus_program_main(const apus_program *program, int argument_count, char **arguments) {
  const char **lists = calloc(3 * (size_t)argument_count + 1, sizeof *lists);
  if (!lists || argument_count < 1) return EXIT_INPUT;
  apus_command_line line = {
      .images = lists,
      .inputs = lists + argument_count,
      .outputs = lists + 2 * argument_count,
  };
  int exit_status = act(program, &line, argument_count, arguments);
  free(lists);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "the results could not be written\n");
    return EXIT_INPUT;
  }
  return exit_status;
}
