#include "resize.h"

#include <math.h>
#include <stdlib.h>

/* How one position of the resized axis comes from positions first..<first + count of the source. */
typedef struct tap_range {
  int64_t first;
  int64_t count;
} tap_range;

typedef struct axis_taps {
  tap_range *ranges;
  float *weights; /* `capacity` for each position */
  int64_t capacity;
} axis_taps;

static double triangle(double distance) {
  double height = 1 - fabs(distance);
  return height > 0 ? height : 0;
}

/* The centre of position i lies at (i + 0.5) * scale of the source; its taps are the source's pixels whose centres
   are within the filter's reach of it, clipped to the picture, their weights made to sum up to one. */
static tap_range fill_taps(float *weights, int64_t source_size, double scale, int64_t position) {
  double reach = scale > 1 ? scale : 1;
  double centre = ((double)position + 0.5) * scale;
  int64_t first = (int64_t)(centre - reach + 0.5);
  int64_t end = (int64_t)(centre + reach + 0.5);
  if (first < 0) first = 0;
  if (end > source_size) end = source_size;
  double sum = 0;
  for (int64_t tap = first; tap < end; ++tap) sum += triangle(((double)tap + 0.5 - centre) / reach);
  for (int64_t tap = first; tap < end; ++tap) {
    weights[tap - first] = (float)(triangle(((double)tap + 0.5 - centre) / reach) / sum);
  }
  return (tap_range){first, end - first};
}

static void free_taps(axis_taps *taps) {
  free(taps->ranges);
  free(taps->weights);
}

static bool make_taps(axis_taps *taps, int64_t source_size, resize_span span) {
  double scale = (double)source_size / (double)span.size;
  taps->capacity = 2 * (int64_t)ceil(scale > 1 ? scale : 1) + 2;
  taps->ranges = malloc((size_t)span.count * sizeof *taps->ranges);
  taps->weights = malloc((size_t)(span.count * taps->capacity) * sizeof *taps->weights);
  if (!taps->ranges || !taps->weights) {
    free_taps(taps);
    return false;
  }
  for (int64_t index = 0; index < span.count; ++index) {
    taps->ranges[index] =
        fill_taps(taps->weights + index * taps->capacity, source_size, scale, span.first + index);
  }
  return true;
}

/* target[i, c] = sum over taps t of weight[i, t] * source[first_i + t, c]. */
static void resize_row(const axis_taps *taps, int64_t count, int64_t channels, const uint8_t *source,
                       float *target) {
  for (int64_t index = 0; index < count; ++index) {
    const float *weights = taps->weights + index * taps->capacity;
    const uint8_t *first = source + taps->ranges[index].first * channels;
    for (int64_t channel = 0; channel < channels; ++channel) {
      float sum = 0;
      for (int64_t tap = 0; tap < taps->ranges[index].count; ++tap) {
        sum += weights[tap] * (float)first[tap * channels + channel];
      }
      target[index * channels + channel] = sum;
    }
  }
}

/* target[i, x] = sum over taps t of weight[i, t] * source[first_i + t - first_row, x]. */
static void resize_columns(const axis_taps *taps, int64_t count, int64_t width, int64_t first_row,
                           const float *source, float *target) {
  for (int64_t index = 0; index < count; ++index, target += width) {
    const float *row = source + (taps->ranges[index].first - first_row) * width;
    for (int64_t x = 0; x < width; ++x) target[x] = 0;
    for (int64_t tap = 0; tap < taps->ranges[index].count; ++tap, row += width) {
      float weight = taps->weights[index * taps->capacity + tap];
      for (int64_t x = 0; x < width; ++x) target[x] += weight * row[x];
    }
  }
}

bool apus_resize(const uint8_t *source, int64_t rows, int64_t columns, int64_t channels, resize_span row_span,
                 resize_span column_span, float *target) {
  axis_taps row_taps, column_taps;
  if (!make_taps(&row_taps, rows, row_span)) return false;
  if (!make_taps(&column_taps, columns, column_span)) {
    free_taps(&row_taps);
    return false;
  }
  /* Only the rows that the kept part of the picture needs are resized. */
  tap_range last = row_taps.ranges[row_span.count - 1];
  int64_t first_row = row_taps.ranges[0].first, row_count = last.first + last.count - first_row;
  int64_t width = column_span.count * channels;
  float *narrowed = malloc((size_t)(row_count * width) * sizeof *narrowed);
  if (narrowed) {
    for (int64_t row = 0; row < row_count; ++row) {
      resize_row(&column_taps, column_span.count, channels, source + (first_row + row) * columns * channels,
                 narrowed + row * width);
    }
    resize_columns(&row_taps, row_span.count, width, first_row, narrowed, target);
  }
  free(narrowed);
  free_taps(&row_taps);
  free_taps(&column_taps);
  return narrowed != NULL;
}
