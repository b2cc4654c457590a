/* The header of an .npy file: a Python dictionary of descr, fortran_order and shape. */
#ifndef APUS_NPY_HEADER_H
#define APUS_NPY_HEADER_H

#include <stddef.h>

#include "apus_npy.h"

typedef struct npy_header {
  uint32_t element_byte_count; /* 4: f32, 8: f64 */
  uint32_t rank;
  int64_t extents[APUS_NPY_RANK_LIMIT];
  int64_t element_count;
} npy_header;

/* Parses the dictionary's text. `path` is for messages. */
int apus_npy_header_parse(const char *path, const char *text, size_t length, npy_header *header, apus_error *error);

#endif
