#include "apus_preprocessing.h"

#include <inttypes.h>
#include <stdlib.h>

#include "resize.h"

/* Half of what is left out comes before; of an odd number, half rounded to even. */
static int64_t crop_begin(int64_t size, int64_t kept) {
  int64_t left_out = size - kept, half = left_out / 2;
  return left_out % 2 == 1 && half % 2 == 1 ? half + 1 : half;
}

static void resized_extents(const apus_preprocessing *preprocessing, const apus_image *image, int64_t *rows,
                            int64_t *columns) {
  *rows = image->rows;
  *columns = image->columns;
  if (preprocessing->resize == APUS_RESIZE_EXACT) {
    *rows = preprocessing->resize_rows;
    *columns = preprocessing->resize_columns;
  } else if (preprocessing->resize == APUS_RESIZE_SHORTER_SIDE) {
    int64_t side = preprocessing->resize_rows;
    *rows = image->rows <= image->columns ? side : side * image->rows / image->columns;
    *columns = image->rows <= image->columns ? side * image->columns / image->rows : side;
  }
}

/* The part of the resized picture that becomes the tensor. */
static int plan_spans(const apus_preprocessing *preprocessing, const apus_image *image, int64_t rows, int64_t columns,
                      resize_span *row_span, resize_span *column_span, apus_error *error) {
  int64_t resized_rows, resized_columns;
  resized_extents(preprocessing, image, &resized_rows, &resized_columns);
  int64_t kept_rows = preprocessing->crop_rows ? preprocessing->crop_rows : resized_rows;
  int64_t kept_columns = preprocessing->crop_columns ? preprocessing->crop_columns : resized_columns;
  if (kept_rows > resized_rows || kept_columns > resized_columns) {
    return apus_fail(error, APUS_BAD_FILE,
                     "the picture has %" PRId64 " x %" PRId64 " pixels once resized, too few for a crop of %" PRId64
                     " x %" PRId64, resized_rows, resized_columns, kept_rows, kept_columns);
  }
  if (kept_rows != rows || kept_columns != columns) {
    return apus_fail(error, APUS_BAD_FILE,
                     "a picture of %" PRId64 " x %" PRId64 " pixels becomes %" PRId64 " x %" PRId64
                     " by the preprocessing; the network takes %" PRId64 " x %" PRId64,
                     image->rows, image->columns, kept_rows, kept_columns, rows, columns);
  }
  *row_span = (resize_span){resized_rows, crop_begin(resized_rows, rows), rows};
  *column_span = (resize_span){resized_columns, crop_begin(resized_columns, columns), columns};
  return APUS_OK;
}

/* One channel instead of three; null: no memory. */
static uint8_t *gray_pixels(const apus_image *image) {
  int64_t count = image->rows * image->columns;
  uint8_t *gray = malloc((size_t)count);
  if (!gray) return NULL;
  for (int64_t index = 0; index < count; ++index) {
    const uint8_t *pixel = image->pixels + index * 3;
    gray[index] = (uint8_t)((19595u * pixel[0] + 38470u * pixel[1] + 7471u * pixel[2] + 32768u) >> 16);
  }
  return gray;
}

/* From channels innermost to channels outermost, normalised. */
static void normalise(const apus_preprocessing *preprocessing, const float *pixels, int64_t pixel_channels,
                      int64_t channels, int64_t count, float *tensor) {
  for (int64_t channel = 0; channel < channels; ++channel) {
    int64_t source = preprocessing->channels == APUS_BGR ? channels - 1 - channel : channel;
    const float *first = pixels + (pixel_channels == 1 ? 0 : source);
    float scale = (float)preprocessing->scale;
    float mean = (float)preprocessing->mean[channel];
    float deviation = (float)preprocessing->standard_deviation[channel];
    for (int64_t index = 0; index < count; ++index) {
      tensor[channel * count + index] = (first[index * pixel_channels] * scale - mean) / deviation;
    }
  }
}

int apus_preprocess(const apus_preprocessing *preprocessing, const apus_image *image, int64_t channels, int64_t rows,
                    int64_t columns, float *tensor, apus_error *error) {
  int64_t made_channels = preprocessing->channels == APUS_GRAY ? 1 : 3;
  if (channels != made_channels) {
    return apus_fail(error, APUS_INVALID_ARGUMENT,
                     "the preprocessing makes %" PRId64 " channels; the network takes %" PRId64, made_channels,
                     channels);
  }
  resize_span row_span, column_span;
  int status = plan_spans(preprocessing, image, rows, columns, &row_span, &column_span, error);
  if (status != APUS_OK) return status;
  /* A gray picture is resized once, whatever the network takes. */
  int64_t pixel_channels = made_channels == 1 || image->channels == 1 ? 1 : 3;
  uint8_t *gray = pixel_channels < image->channels ? gray_pixels(image) : NULL;
  const uint8_t *pixels = pixel_channels < image->channels ? gray : image->pixels;
  float *resized = malloc((size_t)(rows * columns * pixel_channels) * sizeof *resized);
  bool is_resized = pixels && resized
                    && apus_resize(pixels, image->rows, image->columns, pixel_channels, row_span, column_span, resized);
  if (is_resized) normalise(preprocessing, resized, pixel_channels, channels, rows * columns, tensor);
  free(gray);
  free(resized);
  return is_resized ? APUS_OK : apus_fail(error, APUS_OUT_OF_MEMORY, "there is no memory to resize a picture");
}
