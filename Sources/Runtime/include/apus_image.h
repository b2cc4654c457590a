/* Decoding of pictures. */
#ifndef APUS_IMAGE_H
#define APUS_IMAGE_H

#include <stdint.h>

#include "apus_error.h"

/* 8-bit pixels, row-major, channels innermost: 1 (gray) or 3 (red, green, blue). */
typedef struct apus_image {
  int64_t rows;
  int64_t columns;
  int64_t channels;
  uint8_t *pixels;
} apus_image;

/* The most pixels that a picture may have: 2^27. */
#define APUS_IMAGE_PIXEL_LIMIT (INT64_C(1) << 27)

/* Reads a PNG or JPEG file. Palettes become colours, 16-bit samples keep their high byte, transparency is dropped,
   gamma, colour profiles and orientation tags are not applied (all as Pillow's convert("RGB") does). CMYK is refused.
   Returns an apus_status; on success the caller frees the image with apus_image_free. */
int apus_image_read(const char *path, apus_image *image, apus_error *error);

void apus_image_free(apus_image *image);

#endif
