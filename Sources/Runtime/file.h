/* Reading files that may be anything. */
#ifndef APUS_FILE_H
#define APUS_FILE_H

#include <stdint.h>

#include "apus_error.h"

/* Opens a regular file; anything else, a directory or a FIFO, is refused without waiting for it. */
int apus_file_open(const char *path, int *descriptor, uint64_t *byte_count, apus_error *error);

/* Reads exactly byte_count bytes. */
int apus_file_read(const char *path, int descriptor, void *bytes, uint64_t byte_count, apus_error *error);

#endif
