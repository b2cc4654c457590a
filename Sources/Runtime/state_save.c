#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "output_file.h"
#include "state_file.h"

/* The largest piece of the header but a name: a number, or an entry's fixed text. */
enum { PIECE_BYTE_LIMIT = 96 };

static bool is_saved(const apus_state_tensor *tensor, bool with_momentum) {
  return with_momentum || tensor->role != APUS_MOMENTUM;
}

/* MARK: Header */

/* No byte of a name becomes more than six. */
static size_t header_capacity(const apus_state *state) {
  size_t capacity = 4 * PIECE_BYTE_LIMIT;
  for (uint32_t index = 0; index < state->tensor_count; ++index) {
    const apus_state_tensor *tensor = &state->tensors[index];
    capacity += 6 * strlen(tensor->name) + (4 + tensor->rank) * PIECE_BYTE_LIMIT;
  }
  return capacity;
}

__attribute__((format(printf, 2, 3))) static char *append(char *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, PIECE_BYTE_LIMIT, format, arguments);
  va_end(arguments);
  return text + length;
}

static char *append_string(char *text, const char *string) {
  *text++ = '"';
  for (; *string; ++string) {
    unsigned char byte = (unsigned char)*string;
    if (byte == '"' || byte == '\\' || byte < 0x20) {
      text = append(text, "\\u%04x", byte);
    } else {
      *text++ = *string;
    }
  }
  *text++ = '"';
  return text;
}

static char *append_entry(char *text, const apus_state_tensor *tensor, int64_t offset, int64_t end) {
  text = append_string(text, tensor->name);
  text = append(text, ":{\"dtype\":\"F32\",\"shape\":[");
  for (uint32_t axis = 0; axis < tensor->rank; ++axis) {
    text = append(text, axis == 0 ? "%" PRId64 : ",%" PRId64, tensor->extents[axis]);
  }
  return append(text, "],\"data_offsets\":[%" PRId64 ",%" PRId64 "]}", offset, end);
}

/* The header with its length before it, filled up with spaces so that the elements are aligned. Returns its end. */
static char *write_header(const apus_state *state, int64_t step_count, char *start) {
  char *text = append(start + APUS_STATE_LENGTH_BYTE_COUNT, "{");
  bool with_momentum = step_count >= 0, is_first = !with_momentum;
  if (with_momentum) {
    text = append(text, "\"" APUS_STATE_METADATA_KEY "\":{\"" APUS_STATE_STEP_KEY "\":\"%" PRId64 "\"}", step_count);
  }
  int64_t offset = 0;
  for (uint32_t index = 0; index < state->tensor_count; ++index) {
    const apus_state_tensor *tensor = &state->tensors[index];
    if (!is_saved(tensor, with_momentum)) continue;
    int64_t end = offset + apus_state_element_count(&tensor->layout) * (int64_t)sizeof(float);
    if (!is_first) *text++ = ',';
    is_first = false;
    text = append_entry(text, tensor, offset, end);
    offset = end;
  }
  text = append(text, "}");
  while ((text - start) % APUS_STATE_LENGTH_BYTE_COUNT != 0) *text++ = ' ';
  uint64_t length = (uint64_t)(text - start) - APUS_STATE_LENGTH_BYTE_COUNT;
  for (int byte = 0; byte < APUS_STATE_LENGTH_BYTE_COUNT; ++byte) start[byte] = (char)(length >> (8 * byte));
  return text;
}

/* MARK: File */

static size_t scratch_byte_count(const apus_state *state) {
  size_t byte_count = header_capacity(state);
  for (uint32_t index = 0; index < state->tensor_count; ++index) {
    size_t needed = (size_t)apus_state_element_count(&state->tensors[index].layout) * sizeof(float);
    if (needed > byte_count) byte_count = needed;
  }
  return byte_count;
}

static int append_tensors(const apus_state *state, bool with_momentum, float *scratch, apus_output_file *file,
                          apus_error *error) {
  for (uint32_t index = 0; index < state->tensor_count; ++index) {
    const apus_state_tensor *tensor = &state->tensors[index];
    if (!is_saved(tensor, with_momentum)) continue;
    apus_state_unpack(&tensor->layout, apus_state_elements(state, tensor), scratch);
    size_t byte_count = (size_t)apus_state_element_count(&tensor->layout) * sizeof *scratch;
    int status = apus_output_append(file, scratch, byte_count, error);
    if (status != APUS_OK) return status;
  }
  return APUS_OK;
}

int apus_state_save(const apus_state *state, const char *path, int64_t step_count, const apus_hooks *hooks,
                    apus_error *error) {
  size_t byte_count = scratch_byte_count(state);
  char *scratch = apus_allocate(hooks, byte_count);
  if (!scratch) {
    return apus_fail(error, APUS_OUT_OF_MEMORY, "there is no memory for the %zu bytes that saving %s takes",
                     byte_count, state->model_name);
  }
  apus_output_file file;
  int status = apus_output_open(path, &file, error);
  if (status == APUS_OK) {
    char *end = write_header(state, step_count, scratch);
    status = apus_output_append(&file, scratch, (size_t)(end - scratch), error);
    if (status == APUS_OK) status = append_tensors(state, step_count >= 0, (float *)scratch, &file, error);
    if (status == APUS_OK) status = apus_output_commit(&file, error);
  }
  apus_release(hooks, scratch);
  return status;
}
