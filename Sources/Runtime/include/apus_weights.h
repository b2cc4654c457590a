/* The packed weights image that the compiler writes: embedded in a binary as it is, or as a file of a header and
   the image, mapped or given by pointer. */
#ifndef APUS_WEIGHTS_H
#define APUS_WEIGHTS_H

#include "apus_error.h"
#include "apus_mapping.h"
#include "apus_model.h"

/* The first bytes of a weights file; little-endian. The image follows, aligned as it must be in memory. */
typedef struct apus_weights_header {
  char magic[8]; /* "APUSWTS1" */
  uint64_t byte_count;
  uint64_t hash;
  uint8_t reserved[40];
} apus_weights_header;

/* A hash that finds damage and mix-ups, not malice. */
uint64_t apus_hash(const void *bytes, uint64_t byte_count);

apus_weights_header apus_weights_header_of(const void *image, uint64_t byte_count);

/* The image inside a weights file that is in memory, after checking that it is `model`'s and whole. `file` must be
   APUS_ALIGNMENT-aligned. Returns an apus_status. */
int apus_weights_find(const apus_model *model, const void *file, uint64_t byte_count, const void **image,
                      apus_error *error);

/* Maps a weights file and checks it as apus_weights_find does. Returns an apus_status. */
int apus_weights_map(const apus_model *model, const char *path, apus_mapping *mapping, const void **image,
                     apus_error *error);

#endif
