/* The header of an .npy file: a Python dictionary of descr, fortran_order and shape. */
#ifndef APUS_NPY_HEADER_H
#define APUS_NPY_HEADER_H

#include <stddef.h>

#include "apus_npy.h"

/* What a reader wants: f32 and f64, or i32 and i64. */
typedef enum npy_kind { NPY_FLOATS, NPY_INTEGERS } npy_kind;

typedef struct npy_header {
  npy_kind kind;
  uint32_t element_byte_count; /* 4 or 8 */
  uint32_t rank;
  int64_t extents[APUS_NPY_RANK_LIMIT];
  int64_t element_count;
} npy_header;

/* Parses the dictionary's text; header->kind says what the elements must be. `path` is for messages. */
int apus_npy_header_parse(const char *path, const char *text, size_t length, npy_header *header, apus_error *error);

#endif
