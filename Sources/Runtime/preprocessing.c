#include "apus_preprocessing.h"

#include <inttypes.h>
#include <stdlib.h>

#include "resize.h"

/* Half of what is left out comes before; of an odd number, half rounded to even. */
static int64_t crop_begin(int64_t size, int64_t kept) {
  int64_t left_out = size - kept, half = left_out / 2;
  return left_out % 2 == 1 && half % 2 == 1 ? half + 1 : half;
}

static void resize_shorter_side(const apus_image *image, int64_t side, int64_t *rows, int64_t *columns) {
  *rows = image->rows <= image->columns ? side : side * image->rows / image->columns;
  *columns = image->rows <= image->columns ? side * image->columns / image->rows : side;
}

static void resized_extents(const apus_preprocessing *preprocessing, const apus_image *image, int64_t *rows,
                            int64_t *columns) {
  *rows = image->rows;
  *columns = image->columns;
  if (preprocessing->resize == APUS_RESIZE_EXACT) {
    *rows = preprocessing->resize_rows;
    *columns = preprocessing->resize_columns;
  } else if (preprocessing->resize == APUS_RESIZE_SHORTER_SIDE) {
    resize_shorter_side(image, preprocessing->resize_rows, rows, columns);
  }
}

static int fail_crop(int64_t resized_rows, int64_t resized_columns, int64_t rows, int64_t columns, apus_error *error) {
  return apus_fail(error, APUS_BAD_FILE,
                   "the picture has %" PRId64 " x %" PRId64 " pixels once resized, too few for a crop of %" PRId64
                   " x %" PRId64, resized_rows, resized_columns, rows, columns);
}

/* The part of the resized picture that becomes the tensor. */
static int plan_spans(const apus_preprocessing *preprocessing, const apus_image *image, int64_t rows, int64_t columns,
                      resize_span *row_span, resize_span *column_span, apus_error *error) {
  int64_t resized_rows, resized_columns;
  resized_extents(preprocessing, image, &resized_rows, &resized_columns);
  int64_t kept_rows = preprocessing->crop_rows ? preprocessing->crop_rows : resized_rows;
  int64_t kept_columns = preprocessing->crop_columns ? preprocessing->crop_columns : resized_columns;
  if (kept_rows > resized_rows || kept_columns > resized_columns) {
    return fail_crop(resized_rows, resized_columns, kept_rows, kept_columns, error);
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

/* The same for a picture that augmentation resizes and cuts. */
static int plan_augmented_spans(const apus_augmentation *augmentation, const apus_image *image, int64_t rows,
                                int64_t columns, resize_span *row_span, resize_span *column_span, apus_error *error) {
  int64_t resized_rows, resized_columns;
  resize_shorter_side(image, augmentation->shorter_side, &resized_rows, &resized_columns);
  if (rows > resized_rows || columns > resized_columns) {
    return fail_crop(resized_rows, resized_columns, rows, columns, error);
  }
  int64_t row = (int64_t)(augmentation->row_place * (double)(resized_rows - rows + 1));
  int64_t column = (int64_t)(augmentation->column_place * (double)(resized_columns - columns + 1));
  *row_span = (resize_span){resized_rows, row, rows};
  *column_span = (resize_span){resized_columns, column, columns};
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

/* A channel of what the picture became once resized and cut. */
typedef struct channel_view {
  const float *pixels; /* the first pixel's value of this channel */
  int64_t pixel_stride;
  int64_t rows;
  int64_t columns;
} channel_view;

typedef struct normalisation {
  float shift; /* of the pixel */
  float scale;
  float mean;
  float deviation;
} normalisation;

static float normalise(normalisation by, float pixel) {
  return ((pixel + by.shift) * by.scale - by.mean) / by.deviation;
}

static void normalise_row(channel_view from, const apus_augmentation *augmentation, normalisation by, int64_t row,
                          float *target) {
  int64_t source_row = row + augmentation->row_shift;
  bool has_row = source_row >= 0 && source_row < from.rows;
  const float *pixels = from.pixels + (has_row ? source_row * from.columns * from.pixel_stride : 0);
  int64_t step = augmentation->is_mirrored ? -1 : 1;
  int64_t source_column = (augmentation->is_mirrored ? from.columns - 1 : 0) + augmentation->column_shift;
  for (int64_t column = 0; column < from.columns; ++column, source_column += step) {
    bool has_pixel = has_row && source_column >= 0 && source_column < from.columns;
    target[column] = normalise(by, has_pixel ? pixels[source_column * from.pixel_stride] : 0);
  }
}

/* From channels innermost to channels outermost, augmented and normalised. */
static void write_tensor(const apus_preprocessing *preprocessing, const apus_augmentation *augmentation,
                         const float *pixels, int64_t pixel_channels, int64_t channels, int64_t rows, int64_t columns,
                         float *tensor) {
  for (int64_t channel = 0; channel < channels; ++channel) {
    int64_t source = preprocessing->channels == APUS_BGR ? channels - 1 - channel : channel;
    channel_view view = {pixels + (pixel_channels == 1 ? 0 : source), pixel_channels, rows, columns};
    normalisation by = {
        .shift = channels == 3 ? augmentation->colour_shift[source] : 0,
        .scale = (float)preprocessing->scale,
        .mean = (float)preprocessing->mean[channel],
        .deviation = (float)preprocessing->standard_deviation[channel],
    };
    for (int64_t row = 0; row < rows; ++row, tensor += columns) normalise_row(view, augmentation, by, row, tensor);
  }
}

int apus_preprocess(const apus_preprocessing *preprocessing, const apus_image *image, int64_t channels, int64_t rows,
                    int64_t columns, float *tensor, apus_error *error) {
  static const apus_augmentation none = {0};
  return apus_preprocess_augmented(preprocessing, &none, image, channels, rows, columns, tensor, error);
}

int apus_preprocess_augmented(const apus_preprocessing *preprocessing, const apus_augmentation *augmentation,
                              const apus_image *image, int64_t channels, int64_t rows, int64_t columns, float *tensor,
                              apus_error *error) {
  int64_t made_channels = preprocessing->channels == APUS_GRAY ? 1 : 3;
  if (channels != made_channels) {
    return apus_fail(error, APUS_INVALID_ARGUMENT,
                     "the preprocessing makes %" PRId64 " channels; the network takes %" PRId64, made_channels,
                     channels);
  }
  resize_span row_span, column_span;
  int status = augmentation->shorter_side
                   ? plan_augmented_spans(augmentation, image, rows, columns, &row_span, &column_span, error)
                   : plan_spans(preprocessing, image, rows, columns, &row_span, &column_span, error);
  if (status != APUS_OK) return status;
  /* A gray picture is resized once, whatever the network takes. */
  int64_t pixel_channels = made_channels == 1 || image->channels == 1 ? 1 : 3;
  uint8_t *gray = pixel_channels < image->channels ? gray_pixels(image) : NULL;
  const uint8_t *pixels = pixel_channels < image->channels ? gray : image->pixels;
  float *resized = malloc((size_t)(rows * columns * pixel_channels) * sizeof *resized);
  bool is_resized = pixels && resized
                    && apus_resize(pixels, image->rows, image->columns, pixel_channels, row_span, column_span, resized);
  if (is_resized) {
    write_tensor(preprocessing, augmentation, resized, pixel_channels, channels, rows, columns, tensor);
  }
  free(gray);
  free(resized);
  return is_resized ? APUS_OK : apus_fail(error, APUS_OUT_OF_MEMORY, "there is no memory to resize a picture");
}
