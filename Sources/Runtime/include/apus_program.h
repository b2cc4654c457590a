/* What an executable is: a model and what surrounds it, and the ways to run it. All functions print results on stdout
   and messages on stderr, and return an exit status: 0, or 1 where an input is at fault. */
#ifndef APUS_PROGRAM_H
#define APUS_PROGRAM_H

#include <stdbool.h>

#include "apus_context.h"
#include "apus_preprocessing.h"

typedef struct apus_program {
  const apus_model *model;
  /* The image in the binary; null: in the file `weights_file`, beside the executable. */
  const void *embedded_weights;
  const char *weights_file;
  /* How a picture becomes the first input; null: only arrays can be given. */
  const apus_preprocessing *preprocessing;
  /* The names of the classes of the first output; null: they have none. */
  const char *const *labels;
  uint32_t label_count;
  /* Whether the first output holds probabilities; otherwise soft-max makes them. */
  bool outputs_probabilities;
  /* Multiplications and additions of one image, each counted. */
  uint64_t operations_per_image;
  const char *target;
  const char *precision;
} apus_program;

typedef struct apus_image_request {
  const char *const *paths;
  int64_t path_count;
  /* Classes to print for each picture, the likeliest first. */
  int64_t top_count;
  bool as_json;
} apus_image_request;

/* Classifies pictures, as many at a time as the context's largest batch. A picture that cannot be read is reported
   and left out. */
int apus_run_images(const apus_program *program, apus_context *context, const apus_image_request *request);

/* Runs on .npy arrays, one path for each input, and writes one for each output. Any number of images may be in them:
   they are run in pieces of the context's largest batch, and the last piece is padded with zeros if it is smaller than
   the smallest. */
int apus_run_arrays(const apus_program *program, apus_context *context, const char *const *input_paths,
                    const char *const *output_paths);

typedef struct apus_bench_request {
  int64_t batch;
  int64_t repeat_count; /* 0: as many as `seconds` allows */
  double seconds;
  bool as_json;
  /* The model's inputs; null: arbitrary numbers. */
  const float *const *inputs;
  double peak_gflops; /* what the machine can do at the most with the context's threads; 0: not known */
} apus_bench_request;

/* Times runs, after runs that warm up and are not counted. */
int apus_run_bench(const apus_program *program, apus_context *context, const apus_bench_request *request);

/* The `main` of an executable. Also returns 2 where the arguments are at fault. */
int apus_program_main(const apus_program *program, int argument_count, char **arguments);

#endif
