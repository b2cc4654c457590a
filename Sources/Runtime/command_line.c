#include "command_line.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apus_thread_count.h"

static bool parse_count(const char *option, const char *text, int64_t limit, int64_t *count) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (errno || end == text || *end || value < 1 || value > limit) {
    fprintf(stderr, "%s takes a whole number from 1 to %lld, not '%s'\n", option, (long long)limit, text);
    return false;
  }
  *count = value;
  return true;
}

static bool parse_seconds(const char *option, const char *text, double *seconds) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !isfinite(value) || value <= 0) {
    fprintf(stderr, "%s takes a positive number, not '%s'\n", option, text);
    return false;
  }
  *seconds = value;
  return true;
}

/* MARK: Options */

static bool set_top(apus_command_line *line, const char *text) {
  return parse_count("--top", text, 1000000, &line->top_count);
}

static bool set_threads(apus_command_line *line, const char *text) {
  return parse_count("--threads", text, APUS_THREAD_LIMIT, &line->thread_count);
}

static bool set_batch(apus_command_line *line, const char *text) {
  return parse_count("--batch", text, INT64_C(1) << 31, &line->batch);
}

static bool set_repeat(apus_command_line *line, const char *text) {
  return parse_count("--repeat", text, 1000000, &line->repeat_count);
}

static bool set_seconds(apus_command_line *line, const char *text) {
  return parse_seconds("--seconds", text, &line->seconds);
}

static bool set_weights(apus_command_line *line, const char *text) {
  line->weights_path = text;
  return true;
}

static bool add_input(apus_command_line *line, const char *text) {
  line->inputs[line->input_count++] = text;
  return true;
}

static bool add_output(apus_command_line *line, const char *text) {
  line->outputs[line->output_count++] = text;
  return true;
}

typedef struct option {
  const char *name;
  bool (*set)(apus_command_line *line, const char *text);
} option;

static const option options[] = {
    {"--top", set_top},         {"--threads", set_threads}, {"--batch", set_batch}, {"--repeat", set_repeat},
    {"--seconds", set_seconds}, {"--weights", set_weights}, {"--input", add_input}, {"--output", add_output},
};

static const option *find_option(const char *argument, size_t length) {
  for (size_t index = 0; index < sizeof options / sizeof *options; ++index) {
    if (strlen(options[index].name) == length && memcmp(options[index].name, argument, length) == 0) {
      return &options[index];
    }
  }
  return NULL;
}

/* Takes a flag, or an option with its value, "--top 3" or "--top=3"; *index is at it, and then at its last part. */
static bool take_option(apus_command_line *line, int argument_count, char **arguments, int *index) {
  const char *argument = arguments[*index];
  const char *equals = strchr(argument, '=');
  const option *option = find_option(argument, equals ? (size_t)(equals - argument) : strlen(argument));
  if (option && equals) return option->set(line, equals + 1);
  if (option) {
    if (*index + 1 < argument_count) return option->set(line, arguments[++*index]);
    fprintf(stderr, "%s needs a value\n", argument);
    return false;
  }
  if (strcmp(argument, "--json") == 0) {
    line->as_json = true;
  } else if (strcmp(argument, "--bench") == 0) {
    line->mode = MODE_BENCH;
  } else if (strcmp(argument, "--info") == 0) {
    line->mode = MODE_INFO;
  } else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
    line->mode = MODE_HELP;
  } else {
    fprintf(stderr, "unknown option '%s'\n", argument);
    return false;
  }
  return true;
}

/* MARK: Combinations */

/* Whether what was given belongs together; sets the mode that the files imply. */
static bool settle_mode(apus_command_line *line) {
  const char *problem = NULL;
  bool has_arrays = line->input_count > 0 || line->output_count > 0;
  if (line->mode == MODE_HELP) return true;
  if (line->mode == MODE_NONE) line->mode = has_arrays ? MODE_ARRAYS : line->image_count > 0 ? MODE_IMAGES : MODE_NONE;
  if (line->mode == MODE_NONE) {
    problem = "give pictures, --input and --output, --bench, or --info";
  } else if (line->image_count > 0 && line->mode != MODE_IMAGES) {
    problem = "pictures cannot be combined with --input, --output, --bench or --info";
  } else if (has_arrays && line->mode != MODE_ARRAYS) {
    problem = "--input and --output cannot be combined with --bench or --info";
  } else if (line->mode == MODE_ARRAYS && (line->input_count == 0 || line->output_count == 0)) {
    problem = "--input and --output go together";
  } else if (line->top_count > 0 && line->mode != MODE_IMAGES) {
    problem = "--top is for pictures";
  } else if ((line->batch > 0 || line->repeat_count > 0 || line->seconds > 0) && line->mode != MODE_BENCH) {
    problem = "--batch, --repeat and --seconds are for --bench";
  } else if (line->repeat_count > 0 && line->seconds > 0) {
    problem = "--repeat and --seconds exclude each other";
  } else if (line->as_json && line->mode == MODE_ARRAYS) {
    problem = "--json is for pictures and --bench";
  }
  if (problem) fprintf(stderr, "%s\n", problem);
  return !problem;
}

bool apus_command_line_parse(apus_command_line *line, int argument_count, char **arguments) {
  bool are_all_files = false;
  for (int index = 1; index < argument_count; ++index) {
    const char *argument = arguments[index];
    if (!are_all_files && strcmp(argument, "--") == 0) {
      are_all_files = true;
    } else if (!are_all_files && argument[0] == '-' && argument[1] != '\0') {
      if (!take_option(line, argument_count, arguments, &index)) return false;
    } else {
      line->images[line->image_count++] = argument;
    }
  }
  return settle_mode(line);
}
