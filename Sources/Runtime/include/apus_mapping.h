/* A file's contents in memory. */
#ifndef APUS_MAPPING_H
#define APUS_MAPPING_H

#include <stddef.h>

#include "apus_error.h"

typedef struct apus_mapping {
  const void *address; /* null where the file is empty */
  size_t byte_count;
} apus_mapping;

/* Maps a regular file for reading. Returns an apus_status. */
int apus_map_file(const char *path, apus_mapping *mapping, apus_error *error);

void apus_unmap(apus_mapping *mapping);

#endif
