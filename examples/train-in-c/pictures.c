#include "pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

static int make(int32_t count, pictures *result) {
  result->count = count;
  result->pixels = malloc((size_t)count * PIXEL_COUNT * sizeof *result->pixels);
  result->classes = malloc((size_t)count * sizeof *result->classes);
  if (result->pixels && result->classes) return 1;
  fprintf(stderr, "there is no memory for %d pictures\n", count);
  pictures_free(result);
  return 0;
}

void pictures_free(pictures *pictures) {
  free(pictures->pixels);
  free(pictures->classes);
  *pictures = (struct pictures){0};
}

/* From a byte, or a share of 255, to what the network takes. */
static float normalized(float brightness) { return (brightness / 255 - 0.2860f) / 0.3530f; }

/* MARK: Files */

static gzFile open_file(const char *directory, const char *name, const char *kind, char path[4096]) {
  static const char *const endings[] = {"", ".gz"};
  for (int index = 0; index < 2; ++index) {
    snprintf(path, 4096, "%s/%s-%s-ubyte%s", directory, name, kind, endings[index]);
    gzFile file = gzopen(path, "rb");
    if (file) return file;
  }
  fprintf(stderr, "%s cannot be opened\n", path);
  return NULL;
}

/* A file's magic number and extents, four bytes each, the highest first. */
static int check_header(gzFile file, const char *path, uint32_t magic, int extent_count, uint32_t *extents) {
  for (int index = 0; index <= extent_count; ++index) {
    unsigned char bytes[4];
    if (gzread(file, bytes, 4) != 4) break;
    uint32_t number = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    if (index == 0 && number != magic) break;
    if (index > 0) extents[index - 1] = number;
    if (index == extent_count) return 1;
  }
  fprintf(stderr, "%s is not an IDX file of bytes with %d extents\n", path, extent_count);
  return 0;
}

static int read_pixels(gzFile file, const char *path, pictures *result) {
  uint32_t extents[3];
  if (!check_header(file, path, 0x803, 3, extents)) return 0;
  if (extents[0] == 0 || extents[0] > 1000000 || extents[1] != SIDE || extents[2] != SIDE) {
    fprintf(stderr, "%s has %u pictures of %u x %u pixels; they should be of %d x %d\n", path, extents[0], extents[1],
            extents[2], SIDE, SIDE);
    return 0;
  }
  if (!make((int32_t)extents[0], result)) return 0;
  unsigned char row[PIXEL_COUNT];
  for (int32_t picture = 0; picture < result->count; ++picture) {
    if (gzread(file, row, PIXEL_COUNT) != PIXEL_COUNT) {
      fprintf(stderr, "%s ends early\n", path);
      return 0;
    }
    for (int pixel = 0; pixel < PIXEL_COUNT; ++pixel) {
      result->pixels[(int64_t)picture * PIXEL_COUNT + pixel] = normalized(row[pixel]);
    }
  }
  return 1;
}

static int read_classes(gzFile file, const char *path, pictures *result) {
  uint32_t count;
  if (!check_header(file, path, 0x801, 1, &count)) return 0;
  for (int32_t picture = 0; picture < result->count; ++picture) {
    unsigned char class_index;
    if (count != (uint32_t)result->count || gzread(file, &class_index, 1) != 1) {
      fprintf(stderr, "%s does not have a class for each of the %d pictures\n", path, result->count);
      return 0;
    }
    result->classes[picture] = class_index;
  }
  return 1;
}

int pictures_read(const char *directory, const char *name, pictures *result) {
  static int (*const parts[])(gzFile, const char *, pictures *) = {read_pixels, read_classes};
  static const char *const kinds[] = {"images-idx3", "labels-idx1"};
  *result = (pictures){0};
  for (int part = 0; part < 2; ++part) {
    char path[4096];
    gzFile file = open_file(directory, name, kinds[part], path);
    int is_read = file && parts[part](file, path, result);
    if (file) gzclose(file);
    if (is_read) continue;
    pictures_free(result);
    return 0;
  }
  return 1;
}

/* MARK: Drawing */

static uint32_t next_number(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 16;
}

/* Five widths in two directions, anywhere, in noise. */
int pictures_draw(int32_t count, uint32_t seed, pictures *result) {
  if (!make(count, result)) return 0;
  for (int32_t picture = 0; picture < count; ++picture) {
    int class_index = (int)(next_number(&seed) % CLASS_COUNT), width = 1 + 2 * (class_index / 2);
    int start = (int)(next_number(&seed) % (uint32_t)(SIDE - width));
    result->classes[picture] = class_index;
    for (int pixel = 0; pixel < PIXEL_COUNT; ++pixel) {
      int place = class_index % 2 == 0 ? pixel / SIDE : pixel % SIDE;
      float bar = place >= start && place < start + width ? 160 : 0;
      result->pixels[(int64_t)picture * PIXEL_COUNT + pixel] = normalized(bar + (float)(next_number(&seed) % 96));
    }
  }
  return 1;
}
