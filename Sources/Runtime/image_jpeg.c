#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>

#include "image_formats.h"

typedef struct jpeg_failure {
  struct jpeg_error_mgr manager;
  jmp_buf target;
  const char *path;
  apus_error *error;
} jpeg_failure;

static void fail_jpeg(j_common_ptr jpeg) {
  jpeg_failure *failure = (jpeg_failure *)jpeg->err;
  char message[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, message);
  apus_fail(failure->error, APUS_BAD_FILE, "%s is not a sound JPEG picture: %s", failure->path, message);
  longjmp(failure->target, 1);
}

/* libjpeg goes on after damage with gray pixels and a warning. Data that ends early is an error here; the harmless
   warnings are dropped. */
static void judge_warning(j_common_ptr jpeg, int level) {
  int code = jpeg->err->msg_code;
  if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER)) fail_jpeg(jpeg);
}

/* libjpeg leaves this function by longjmp on an error; what must survive that is in `image`. Returns an apus_status,
   or -1 after a longjmp. */
static int decode_jpeg(struct jpeg_decompress_struct *jpeg, jpeg_failure *failure, const uint8_t *bytes,
                  size_t byte_count, apus_image *image) {
  if (setjmp(failure->target)) return -1;
  jpeg_create_decompress(jpeg);
  jpeg_mem_src(jpeg, bytes, byte_count);
  jpeg_read_header(jpeg, TRUE);
  if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK) {
    return apus_fail(failure->error, APUS_BAD_FILE, "%s is a CMYK picture; RGB or gray is expected: convert it first",
                     failure->path);
  }
  jpeg->out_color_space = jpeg->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  image->rows = jpeg->image_height;
  image->columns = jpeg->image_width;
  image->channels = jpeg->num_components == 1 ? 1 : 3;
  int status = apus_image_allocate(failure->path, image, failure->error);
  if (status != APUS_OK) return status;
  jpeg_start_decompress(jpeg);
  while (jpeg->output_scanline < jpeg->output_height) {
    JSAMPROW row = image->pixels + (int64_t)jpeg->output_scanline * image->columns * image->channels;
    jpeg_read_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_decompress(jpeg);
  return APUS_OK;
}

int apus_jpeg_decode(const char *path, const uint8_t *bytes, size_t byte_count, apus_image *image,
                     apus_error *error) {
  struct jpeg_decompress_struct jpeg = {0};
  jpeg_failure failure = {.path = path, .error = error};
  jpeg.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = fail_jpeg;
  failure.manager.emit_message = judge_warning;
  int status = decode_jpeg(&jpeg, &failure, bytes, byte_count, image);
  jpeg_destroy_decompress(&jpeg);
  return status < 0 ? APUS_BAD_FILE : status;
}
