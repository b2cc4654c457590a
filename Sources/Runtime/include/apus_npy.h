/* NumPy's array files. */
#ifndef APUS_NPY_H
#define APUS_NPY_H

#include <stdint.h>

#include "apus_error.h"

enum { APUS_NPY_RANK_LIMIT = 8 };

/* A dense row-major f32 array. */
typedef struct apus_array {
  uint32_t rank;
  int64_t extents[APUS_NPY_RANK_LIMIT];
  int64_t element_count;
  float *elements;
} apus_array;

/* Reads little-endian f32 or f64 (rounded to f32) in C order, of file version 1 or 2. Returns an apus_status; on
   success the caller frees the array with apus_array_free. */
int apus_npy_read(const char *path, apus_array *array, apus_error *error);

/* A dense row-major array of 32-bit integers, such as labels. */
typedef struct apus_integers {
  uint32_t rank;
  int64_t extents[APUS_NPY_RANK_LIMIT];
  int64_t element_count;
  int32_t *elements;
} apus_integers;

/* Reads little-endian i32 or i64 in the same way. An element that does not fit 32 bits is an error. On success the
   caller frees the array with apus_integers_free. */
int apus_npy_read_integers(const char *path, apus_integers *array, apus_error *error);

/* Writes f32 by way of a temporary file beside `path`, so that a reader never sees half of it. */
int apus_npy_write(const char *path, const apus_array *array, apus_error *error);

void apus_array_free(apus_array *array);
void apus_integers_free(apus_integers *array);

#endif
