/* Pictures with their classes: from the files of Fashion-MNIST, or made up. */
#ifndef PICTURES_H
#define PICTURES_H

#include <stdint.h>

enum { SIDE = 28, PIXEL_COUNT = SIDE * SIDE, CLASS_COUNT = 10 };

typedef struct pictures {
  int32_t count;
  float *pixels; /* PIXEL_COUNT of each, around 0 */
  int32_t *classes;
} pictures;

/* Reads DIRECTORY/NAME-images-idx3-ubyte and -labels-idx1-ubyte, gzipped (.gz) or not. Where that fails, says why on
   stderr and returns 0. */
int pictures_read(const char *directory, const char *name, pictures *result);

/* Draws `count` pictures of bars that grow wider, or change their direction, from class to class. */
int pictures_draw(int32_t count, uint32_t seed, pictures *result);

void pictures_free(pictures *pictures);

#endif
