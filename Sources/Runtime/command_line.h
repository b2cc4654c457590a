/* The arguments of an executable. */
#ifndef APUS_COMMAND_LINE_H
#define APUS_COMMAND_LINE_H

#include <stdbool.h>
#include <stdint.h>

enum command_mode { MODE_NONE, MODE_IMAGES, MODE_ARRAYS, MODE_BENCH, MODE_INFO, MODE_HELP };

/* Lists point into the arguments; each has room for all of them. */
typedef struct apus_command_line {
  enum command_mode mode;
  const char **images;
  const char **inputs;
  const char **outputs;
  int image_count;
  int input_count;
  int output_count;
  int64_t top_count; /* 0: not given, as below */
  int64_t thread_count;
  int64_t batch;
  int64_t repeat_count;
  double seconds;
  const char *weights_path;
  bool as_json;
} apus_command_line;

/* Says on stderr what is wrong with the arguments, and returns false, if something is. Lists must be empty arrays with
   room for `argument_count` strings each. */
bool apus_command_line_parse(apus_command_line *line, int argument_count, char **arguments);

#endif
