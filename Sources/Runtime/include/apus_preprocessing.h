/* How a picture becomes an input tensor: resize, centre crop, then for each channel (pixel * scale - mean) / std. */
#ifndef APUS_PREPROCESSING_H
#define APUS_PREPROCESSING_H

#include "apus_image.h"

enum apus_resize {
  APUS_RESIZE_NONE,
  APUS_RESIZE_SHORTER_SIDE, /* to resize_rows; the longer in proportion, rounded down */
  APUS_RESIZE_EXACT,        /* to resize_rows x resize_columns */
};

enum apus_channels { APUS_RGB, APUS_BGR, APUS_GRAY };

typedef struct apus_preprocessing {
  uint32_t resize;
  uint32_t channels;
  int64_t resize_rows;
  int64_t resize_columns;
  int64_t crop_rows; /* 0: no crop */
  int64_t crop_columns;
  double scale; /* of pixels, which are 0 to 255 */
  double mean[3];
  double standard_deviation[3];
} apus_preprocessing;

/* What is done to a picture of a training set each time that it is used. All zero: nothing. */
typedef struct apus_augmentation {
  int64_t shorter_side; /* the picture is resized to it, and the preprocessing's resize and crop left out; 0: not */
  double row_place;     /* then, where what is kept begins among the rows where it can: 0 to below 1 */
  double column_place;
  int64_t row_shift; /* what is kept moves up by so many rows; black comes in below */
  int64_t column_shift;
  uint32_t is_mirrored;  /* left to right */
  float colour_shift[3]; /* added to red, green and blue of a tensor of 3 channels; they are 0 to 255 */
} apus_augmentation;

/* Makes f32[channels, rows, columns] from a picture of 1 or 3 channels; fails unless that is the shape that the
   preprocessing makes. Resizing is separable and bilinear (a triangle filter, widened by the factor where it shrinks),
   with half-pixel centres, in f32 and without rounding between; gray is (19595 R + 38470 G + 7471 B + 32768) >> 16;
   a crop leaves out as many rows above as below, of an odd number half rounded to even. Returns an apus_status. */
int apus_preprocess(const apus_preprocessing *preprocessing, const apus_image *image, int64_t channels, int64_t rows,
                    int64_t columns, float *tensor, apus_error *error);

/* The same for an augmented picture. */
int apus_preprocess_augmented(const apus_preprocessing *preprocessing, const apus_augmentation *augmentation,
                              const apus_image *image, int64_t channels, int64_t rows, int64_t columns, float *tensor,
                              apus_error *error);

#endif
