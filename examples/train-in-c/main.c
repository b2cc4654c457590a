/* Trains a network that apus compiled to a library: on the pictures of a directory, or on bars that it draws itself.

   usage: train [STEPS [DIRECTORY]] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clothes.h"
#include "pictures.h"

_Static_assert(Clothes_IMAGE_ELEMENTS == PIXEL_COUNT && Clothes_CLASS_COUNT == CLASS_COUNT,
               "the network takes other pictures");

static const float highest_rate = 0.05f;

/* Returns the number of pictures whose largest logit is that of their class; negative: it failed. */
static int32_t count_correct(Clothes_trainer *trainer, const pictures *test) {
  float *logits = malloc((size_t)test->count * CLASS_COUNT * sizeof *logits);
  int32_t correct = -1;
  if (logits && Clothes_trainer_evaluate(trainer, test->count, test->pixels, logits) == Clothes_OK) {
    correct = 0;
    for (int32_t picture = 0; picture < test->count; ++picture) {
      const float *row = logits + (int64_t)picture * CLASS_COUNT;
      int best = 0;
      for (int index = 1; index < CLASS_COUNT; ++index) best = row[index] > row[best] ? index : best;
      correct += best == test->classes[picture];
    }
  }
  free(logits);
  return correct;
}

/* A batch of pictures from random places. */
static void choose_batch(const pictures *training, uint32_t *random, float *pixels, int32_t *classes) {
  for (int image = 0; image < Clothes_BATCH; ++image) {
    *random = *random * 1664525u + 1013904223u;
    int64_t picture = (int64_t)((uint64_t)*random * (uint32_t)training->count >> 32);
    memcpy(pixels + (int64_t)image * PIXEL_COUNT, training->pixels + picture * PIXEL_COUNT,
           PIXEL_COUNT * sizeof *pixels);
    classes[image] = training->classes[picture];
  }
}

/* The learning rate falls from its highest to zero. */
static int train(Clothes_trainer *trainer, const pictures *training, int64_t step_count) {
  static float pixels[Clothes_BATCH * PIXEL_COUNT];
  static int32_t classes[Clothes_BATCH];
  uint32_t random = 1;
  float loss, sum = 0;
  int64_t piece = step_count < 10 ? 1 : step_count / 10;
  for (int64_t step = 0; step < step_count; ++step) {
    choose_batch(training, &random, pixels, classes);
    float rate = highest_rate * (float)(step_count - step) / (float)step_count;
    if (Clothes_trainer_step(trainer, pixels, classes, rate, &loss) != Clothes_OK) return 0;
    sum += loss;
    if ((step + 1) % piece != 0) continue;
    printf("step %5lld  loss %.4f\n", (long long)step + 1, sum / (float)piece);
    sum = 0;
  }
  return 1;
}

static int train_and_test(Clothes_trainer *trainer, const pictures *training, const pictures *test,
                          int64_t step_count) {
  if (!train(trainer, training, step_count)) return 0;
  int32_t correct = count_correct(trainer, test);
  if (correct < 0) return 0;
  printf("accuracy %.2f %% on %d pictures\n", 100.0 * correct / test->count, test->count);
  if (Clothes_trainer_save(trainer, "clothes.safetensors") != Clothes_OK) return 0;
  printf("wrote clothes.safetensors\n");
  return 1;
}

int main(int argc, char **argv) {
  int64_t step_count = argc > 1 ? strtoll(argv[1], NULL, 10) : 300;
  if (argc > 3 || step_count < 1) {
    fprintf(stderr, "usage: train [STEPS [DIRECTORY]]\n");
    return 2;
  }
  pictures training = {0}, test = {0};
  int has_data = argc > 2 ? pictures_read(argv[2], "train", &training) && pictures_read(argv[2], "t10k", &test)
                          : pictures_draw(4096, 1, &training) && pictures_draw(1024, 2, &test);
  int is_done = 0;
  if (has_data) {
    Clothes_trainer *trainer;
    is_done = Clothes_trainer_create(NULL, &trainer) == Clothes_OK
              && train_and_test(trainer, &training, &test, step_count);
    if (!is_done) fprintf(stderr, "%s\n", Clothes_trainer_error(trainer));
    Clothes_trainer_destroy(trainer);
  }
  pictures_free(&training);
  pictures_free(&test);
  return is_done ? 0 : 1;
}
