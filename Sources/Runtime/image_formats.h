/* The decoders behind apus_image_read: each takes a whole file in memory. */
#ifndef APUS_IMAGE_FORMATS_H
#define APUS_IMAGE_FORMATS_H

#include <stddef.h>

#include "apus_image.h"

int apus_png_decode(const char *path, const uint8_t *bytes, size_t byte_count, apus_image *image, apus_error *error);
int apus_jpeg_decode(const char *path, const uint8_t *bytes, size_t byte_count, apus_image *image, apus_error *error);

/* Allocates the pixels of an image whose extents and channels are set, within the limit. */
int apus_image_allocate(const char *path, apus_image *image, apus_error *error);

#endif
