#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "image_formats.h"

/* What libpng's callbacks need. */
typedef struct png_source {
  const char *path;
  const uint8_t *next;
  size_t left;
  apus_error *error;
} png_source;

static void fail_png(png_structp png, png_const_charp message) {
  png_source *source = png_get_error_ptr(png);
  apus_fail(source->error, APUS_BAD_FILE, "%s is not a sound PNG picture: %s", source->path, message);
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void read_png(png_structp png, png_bytep bytes, size_t byte_count) {
  png_source *source = png_get_io_ptr(png);
  if (byte_count > source->left) png_error(png, "it ends early");
  memcpy(bytes, source->next, byte_count);
  source->next += byte_count;
  source->left -= byte_count;
}

/* Has libpng deliver 8-bit gray or RGB, whatever the file holds. */
static void request_plain_pixels(png_structp png, png_infop info) {
  png_set_palette_to_rgb(png);
  png_set_expand_gray_1_2_4_to_8(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

/* libpng leaves this function by longjmp on an error; what must survive that is in `image` and `rows`, which are
   not variables of this function. Returns an apus_status, or -1 after a longjmp. */
static int decode_png(png_structp png, png_infop info, png_source *source, apus_image *image, png_bytep **rows) {
  if (setjmp(png_jmpbuf(png))) return -1;
  png_set_read_fn(png, source, read_png);
  png_set_user_limits(png, 1 << 20, 1 << 20);
  png_set_chunk_malloc_max(png, 1 << 24);
  png_read_info(png, info);
  image->rows = png_get_image_height(png, info);
  image->columns = png_get_image_width(png, info);
  request_plain_pixels(png, info);
  image->channels = png_get_channels(png, info);
  int status = apus_image_allocate(source->path, image, source->error);
  if (status != APUS_OK) return status;
  *rows = malloc((size_t)image->rows * sizeof **rows);
  if (!*rows) return apus_fail(source->error, APUS_OUT_OF_MEMORY, "there is no memory to decode %s", source->path);
  for (int64_t row = 0; row < image->rows; ++row) {
    (*rows)[row] = image->pixels + row * image->columns * image->channels;
  }
  png_read_image(png, *rows);
  png_read_end(png, NULL);
  return APUS_OK;
}

int apus_png_decode(const char *path, const uint8_t *bytes, size_t byte_count, apus_image *image, apus_error *error) {
  png_source source = {path, bytes, byte_count, error};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, fail_png, ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    return apus_fail(error, APUS_OUT_OF_MEMORY, "there is no memory to decode %s", path);
  }
  png_bytep *rows = NULL;
  int status = decode_png(png, info, &source, image, &rows);
  free(rows);
  png_destroy_read_struct(&png, &info, NULL);
  return status < 0 ? APUS_BAD_FILE : status;
}
