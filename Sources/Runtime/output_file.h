/* A file in the making: under a temporary name beside its own, so that nobody ever sees half of it. */
#ifndef APUS_OUTPUT_FILE_H
#define APUS_OUTPUT_FILE_H

#include <limits.h>
#include <stddef.h>

#include "apus_error.h"

typedef struct apus_output_file {
  char path[PATH_MAX];
  char temporary_path[PATH_MAX];
  int descriptor;
} apus_output_file;

/* All return an apus_status. Where one fails, the temporary file is gone, and what stood at `path` is as it was.
   A symbolic link is followed; a directory or a device is refused. */
int apus_output_open(const char *path, apus_output_file *file, apus_error *error);
int apus_output_append(apus_output_file *file, const void *bytes, size_t byte_count, apus_error *error);

/* Puts the file in place, once it is on the disk. */
int apus_output_commit(apus_output_file *file, apus_error *error);

#endif
