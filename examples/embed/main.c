/* Classifies clothes that it draws itself, with a network that apus compiled to a library. */
#include <stdio.h>

#include "fashion.h"

enum { SIDE = 28, PIXEL_COUNT = SIDE * SIDE, CLASS_COUNT = 10, PICTURE_COUNT = 2 };

static const char *const class_names[CLASS_COUNT] = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
};

/* Two legs that meet at the waist; 0 is dark, 1 is bright. */
static float draw_trousers(int row, int column) {
  int is_leg = row >= 2 && row < 26 && ((column >= 9 && column < 13) || (column >= 15 && column < 19));
  int is_waist = row >= 2 && row < 8 && column >= 9 && column < 19;
  return is_leg || is_waist ? 0.8f : 0;
}

/* A box below a handle. */
static float draw_bag(int row, int column) {
  int is_box = row >= 12 && row < 25 && column >= 3 && column < 25;
  int is_handle = row >= 5 && row < 12 && (column == 9 || column == 18 || (row == 5 && column > 9 && column < 18));
  return is_box ? 0.7f : is_handle ? 0.5f : 0;
}

/* As the network's preprocessing does it: (pixel - mean) / std. */
static void fill(float *picture, float (*draw)(int row, int column)) {
  for (int index = 0; index < PIXEL_COUNT; ++index) {
    picture[index] = (draw(index / SIDE, index % SIDE) - 0.2860f) / 0.3530f;
  }
}

static int likeliest(const float *scores) {
  int best = 0;
  for (int index = 1; index < CLASS_COUNT; ++index) {
    if (scores[index] > scores[best]) best = index;
  }
  return best;
}

int main(void) {
  static float pictures[PICTURE_COUNT * PIXEL_COUNT], scores[PICTURE_COUNT * CLASS_COUNT];
  fill(pictures, draw_trousers);
  fill(pictures + PIXEL_COUNT, draw_bag);

  FashionResNet20 *model;
  FashionResNet20_context *context;
  if (FashionResNet20_create(NULL, &model) != FashionResNet20_OK
      || FashionResNet20_context_create(model, PICTURE_COUNT, NULL, &context) != FashionResNet20_OK) {
    fprintf(stderr, "%s\n", FashionResNet20_error(NULL));
    return 1;
  }
  const float *const inputs[FashionResNet20_INPUT_COUNT] = {pictures};
  float *const outputs[FashionResNet20_OUTPUT_COUNT] = {scores};
  if (FashionResNet20_run(context, PICTURE_COUNT, inputs, outputs) != FashionResNet20_OK) {
    fprintf(stderr, "%s\n", FashionResNet20_error(context));
    return 1;
  }
  printf("trousers: %s\n", class_names[likeliest(scores)]);
  printf("bag: %s\n", class_names[likeliest(scores + CLASS_COUNT)]);
  FashionResNet20_context_destroy(context);
  FashionResNet20_destroy(model);
  return 0;
}
