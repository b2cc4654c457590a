#ifndef APUS_RESIZE_H
#define APUS_RESIZE_H

#include <stdbool.h>
#include <stdint.h>

/* A part of one axis of a resized picture: positions first..<first + count of `size`. */
typedef struct resize_span {
  int64_t size;
  int64_t first;
  int64_t count;
} resize_span;

/* Resizes u8[rows, columns, channels] in f32, without rounding, and keeps f32[row_span.count, column_span.count,
   channels]. A size equal to the source's copies. False: no memory. */
bool apus_resize(const uint8_t *source, int64_t rows, int64_t columns, int64_t channels, resize_span row_span,
                 resize_span column_span, float *target);

#endif
