#include "apus_image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "image_formats.h"

/* More than any picture within the pixel limit needs: 512 MiB. */
static const uint64_t image_byte_limit = UINT64_C(1) << 29;

int apus_image_allocate(const char *path, apus_image *image, apus_error *error) {
  if (image->rows <= 0 || image->columns <= 0 || image->columns > APUS_IMAGE_PIXEL_LIMIT / image->rows) {
    return apus_fail(error, APUS_BAD_FILE, "%s has %" PRId64 " x %" PRId64 " pixels; 1 to %" PRId64 " are read", path,
                     image->rows, image->columns, APUS_IMAGE_PIXEL_LIMIT);
  }
  image->pixels = malloc((size_t)(image->rows * image->columns * image->channels));
  if (!image->pixels) return apus_fail(error, APUS_OUT_OF_MEMORY, "there is no memory for the pixels of %s", path);
  return APUS_OK;
}

void apus_image_free(apus_image *image) {
  free(image->pixels);
  image->pixels = NULL;
}

static int decode_any(const char *path, const uint8_t *bytes, size_t byte_count, apus_image *image, apus_error *error) {
  static const uint8_t png[] = {0x89, 'P', 'N', 'G'}, jpeg[] = {0xFF, 0xD8, 0xFF};
  if (byte_count >= sizeof png && memcmp(bytes, png, sizeof png) == 0) {
    return apus_png_decode(path, bytes, byte_count, image, error);
  }
  if (byte_count >= sizeof jpeg && memcmp(bytes, jpeg, sizeof jpeg) == 0) {
    return apus_jpeg_decode(path, bytes, byte_count, image, error);
  }
  return apus_fail(error, APUS_BAD_FILE, "%s is neither a PNG nor a JPEG picture", path);
}

int apus_image_read(const char *path, apus_image *image, apus_error *error) {
  *image = (apus_image){0};
  int descriptor;
  uint64_t byte_count;
  int status = apus_file_open(path, &descriptor, &byte_count, error);
  if (status != APUS_OK) return status;
  uint8_t *bytes = NULL;
  if (byte_count > image_byte_limit) {
    status = apus_fail(error, APUS_BAD_FILE, "%s has more than %" PRIu64 " bytes", path, image_byte_limit);
  } else if (!(bytes = malloc(byte_count + 1))) {
    status = apus_fail(error, APUS_OUT_OF_MEMORY, "there is no memory to read %s", path);
  } else {
    status = apus_file_read(path, descriptor, bytes, byte_count, error);
  }
  close(descriptor);
  if (status == APUS_OK) status = decode_any(path, bytes, byte_count, image, error);
  if (status != APUS_OK) apus_image_free(image);
  free(bytes);
  return status;
}
