#include "apus_state.h"

#include <string.h>

static int64_t quotient_up(int64_t count, int64_t divisor) { return (count + divisor - 1) / divisor; }

int64_t apus_state_element_count(const apus_state_layout *layout) {
  return layout->outputs * layout->inputs * layout->taps;
}

int64_t apus_state_stored_count(const apus_state_layout *layout) {
  return quotient_up(layout->outputs, layout->lanes) * quotient_up(layout->inputs, layout->input_block)
         * layout->taps * layout->input_block * layout->lanes;
}

/* Where the first tap of a pair of channels is stored; its others follow, input_block * lanes elements apart. */
static int64_t place(const apus_state_layout *layout, int64_t output, int64_t input) {
  int64_t tap_stride = layout->input_block * layout->lanes;
  int64_t block_stride = layout->taps * tap_stride;
  int64_t output_stride = quotient_up(layout->inputs, layout->input_block) * block_stride;
  return output / layout->lanes * output_stride + input / layout->input_block * block_stride
         + input % layout->input_block * layout->lanes + output % layout->lanes;
}

void apus_state_pack(const apus_state_layout *layout, const void *elements, float *stored) {
  memset(stored, 0, (size_t)apus_state_stored_count(layout) * sizeof *stored);
  int64_t tap_stride = layout->input_block * layout->lanes;
  const char *next = elements;
  for (int64_t output = 0; output < layout->outputs; ++output) {
    for (int64_t input = 0; input < layout->inputs; ++input) {
      float *first = stored + place(layout, output, input);
      for (int64_t tap = 0; tap < layout->taps; ++tap, next += sizeof(float)) {
        memcpy(&first[tap * tap_stride], next, sizeof(float));
      }
    }
  }
}

void apus_state_unpack(const apus_state_layout *layout, const float *stored, float *elements) {
  int64_t tap_stride = layout->input_block * layout->lanes;
  for (int64_t output = 0; output < layout->outputs; ++output) {
    for (int64_t input = 0; input < layout->inputs; ++input) {
      const float *first = stored + place(layout, output, input);
      for (int64_t tap = 0; tap < layout->taps; ++tap) *elements++ = first[tap * tap_stride];
    }
  }
}

float *apus_state_elements(const apus_state *state, const apus_state_tensor *tensor) {
  return (float *)(state->image + tensor->byte_offset);
}
