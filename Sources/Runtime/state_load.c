#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "apus_mapping.h"
#include "json_reader.h"
#include "state_file.h"

enum { RANK_LIMIT = 8, NOT_FOUND = -1, IGNORED = -1 };

typedef struct state_reader {
  const apus_state *state;
  const char *path;
  const char *header;
  apus_json_reader json;
  uint64_t data_byte_count; /* of what follows the header */
  /* Where each tensor of the state lies in the data; nothing is changed before all are found. */
  int64_t *offsets;
  /* For one string of the header, however long. */
  char *text;
  int64_t step_count;
  apus_error *error;
} state_reader;

/* What the header says of a tensor. */
typedef struct header_entry {
  char type[8]; /* the beginning of a longer name */
  uint32_t rank;
  int64_t extents[RANK_LIMIT];
  uint32_t offset_count;
  int64_t offsets[2];
} header_entry;

#define FAIL(reader, format, ...) \
  apus_fail((reader)->error, APUS_BAD_FILE, "%.200s: " format, (reader)->path __VA_OPT__(, ) __VA_ARGS__)

static int fail_header(const state_reader *reader) {
  return FAIL(reader, "this is not a safetensors file: its header is not as it should be at byte %td",
              reader->json.next - reader->header + APUS_STATE_LENGTH_BYTE_COUNT);
}

/* MARK: Entries */

static bool take_integers(apus_json_reader *json, int64_t *numbers, uint32_t limit, uint32_t *count) {
  *count = 0;
  if (!apus_json_take(json, '[')) return false;
  if (apus_json_take(json, ']')) return true;
  do {
    if (*count == limit || !apus_json_take_integer(json, &numbers[*count])) return false;
    ++*count;
  } while (apus_json_take(json, ','));
  return apus_json_take(json, ']');
}

static bool take_field(state_reader *reader, header_entry *entry, uint32_t *seen) {
  static const char *const names[] = {"dtype", "shape", "data_offsets"};
  if (!apus_json_take_string(&reader->json, reader->text) || !apus_json_take(&reader->json, ':')) return false;
  for (uint32_t field = 0; field < 3; ++field) {
    if (strcmp(reader->text, names[field]) != 0) continue;
    bool is_second = *seen >> field & 1;
    *seen |= 1u << field;
    if (is_second) return false;
    if (field == 1) return take_integers(&reader->json, entry->extents, RANK_LIMIT, &entry->rank);
    if (field == 2) return take_integers(&reader->json, entry->offsets, 2, &entry->offset_count);
    if (!apus_json_take_string(&reader->json, reader->text)) return false;
    snprintf(entry->type, sizeof entry->type, "%s", reader->text);
    return true;
  }
  return false;
}

static bool take_entry(state_reader *reader, header_entry *entry) {
  uint32_t seen = 0;
  if (!apus_json_take(&reader->json, '{')) return false;
  do {
    if (!take_field(reader, entry, &seen)) return false;
  } while (apus_json_take(&reader->json, ','));
  return apus_json_take(&reader->json, '}') && seen == 7 && entry->offset_count == 2;
}

/* MARK: Tensors */

/* "[2, 3]", or as much of it as fits. */
static const char *describe_shape(uint32_t rank, const int64_t *extents, char text[128]) {
  size_t length = (size_t)snprintf(text, 128, "[");
  for (uint32_t axis = 0; axis < rank && length < 100; ++axis) {
    length += (size_t)snprintf(text + length, 128 - length, axis == 0 ? "%" PRId64 : ", %" PRId64, extents[axis]);
  }
  snprintf(text + length, 128 - length, "]");
  return text;
}

static int check_entry(const state_reader *reader, const apus_state_tensor *tensor, const header_entry *entry) {
  char expected[128], found[128];
  if (entry->rank != tensor->rank
      || memcmp(entry->extents, tensor->extents, tensor->rank * sizeof *tensor->extents) != 0) {
    return FAIL(reader, "'%.100s' is of shape %s; %.60s has %s", tensor->name,
                describe_shape(entry->rank, entry->extents, found), reader->state->model_name,
                describe_shape(tensor->rank, tensor->extents, expected));
  }
  if (strcmp(entry->type, "F32") != 0) {
    return FAIL(reader, "'%.100s' is of type %s; only F32 can be read", tensor->name, entry->type);
  }
  int64_t byte_count = apus_state_element_count(&tensor->layout) * (int64_t)sizeof(float);
  int64_t start = entry->offsets[0], end = entry->offsets[1];
  if (start > end || end - start != byte_count || (uint64_t)end > reader->data_byte_count) {
    return FAIL(reader, "'%.100s' should be at bytes %" PRId64 " to %" PRId64 " of the data, which are %" PRIu64
                ": it needs %" PRId64 ", so the file is cut or damaged", tensor->name, start, end,
                reader->data_byte_count, byte_count);
  }
  return APUS_OK;
}

/* The state's tensor of the name in `text`. What PyTorch writes beside running statistics is ignored. */
static int find_tensor(const state_reader *reader, int64_t *position) {
  const char *name = reader->text;
  for (uint32_t index = 0; index < reader->state->tensor_count; ++index) {
    if (strcmp(name, reader->state->tensors[index].name) != 0) continue;
    *position = index;
    if (reader->offsets[index] == NOT_FOUND) return APUS_OK;
    return FAIL(reader, "'%.100s' is there twice", name);
  }
  static const char counter[] = ".num_batches_tracked";
  size_t length = strlen(name);
  *position = IGNORED;
  if (length >= sizeof counter && strcmp(name + length + 1 - sizeof counter, counter) == 0) return APUS_OK;
  return FAIL(reader, "%.60s has no '%.100s'", reader->state->model_name, name);
}

static int read_tensor(state_reader *reader) {
  int64_t position;
  int status = find_tensor(reader, &position);
  if (status != APUS_OK) return status;
  header_entry entry = {.rank = 0};
  if (!take_entry(reader, &entry)) return fail_header(reader);
  if (position == IGNORED) return APUS_OK;
  reader->offsets[position] = entry.offsets[0];
  return check_entry(reader, &reader->state->tensors[position], &entry);
}

/* MARK: Header */

static int read_metadata(state_reader *reader) {
  apus_json_reader *json = &reader->json;
  if (!apus_json_take(json, '{')) return fail_header(reader);
  if (apus_json_take(json, '}')) return APUS_OK;
  do {
    if (!apus_json_take_string(json, reader->text) || !apus_json_take(json, ':')) return fail_header(reader);
    bool is_step = strcmp(reader->text, APUS_STATE_STEP_KEY) == 0;
    if (!apus_json_take_string(json, reader->text)) return fail_header(reader);
    if (!is_step) continue;
    apus_json_reader number = {reader->text, reader->text + strlen(reader->text)};
    if (!apus_json_take_integer(&number, &reader->step_count) || !apus_json_take_end(&number)) {
      return FAIL(reader, "the number of steps in its metadata is '%.40s'", reader->text);
    }
  } while (apus_json_take(json, ','));
  return apus_json_take(json, '}') ? APUS_OK : fail_header(reader);
}

static int read_state_header(state_reader *reader) {
  apus_json_reader *json = &reader->json;
  if (!apus_json_take(json, '{')) return fail_header(reader);
  bool is_empty = apus_json_take(json, '}');
  while (!is_empty) {
    if (!apus_json_take_string(json, reader->text) || !apus_json_take(json, ':')) return fail_header(reader);
    bool is_metadata = strcmp(reader->text, APUS_STATE_METADATA_KEY) == 0;
    int status = is_metadata ? read_metadata(reader) : read_tensor(reader);
    if (status != APUS_OK) return status;
    if (apus_json_take(json, ',')) continue;
    if (!apus_json_take(json, '}')) return fail_header(reader);
    break;
  }
  return apus_json_take_end(json) ? APUS_OK : fail_header(reader);
}

/* All weights and statistics must have been found, and momentum for all parameters or for none. */
static int check_completeness(const state_reader *reader) {
  const apus_state_tensor *missing[2] = {NULL, NULL};
  bool has_momentum = false;
  for (uint32_t index = 0; index < reader->state->tensor_count; ++index) {
    const apus_state_tensor *tensor = &reader->state->tensors[index];
    bool is_momentum = tensor->role == APUS_MOMENTUM;
    if (reader->offsets[index] == NOT_FOUND) {
      if (!missing[is_momentum]) missing[is_momentum] = tensor;
    } else {
      has_momentum |= is_momentum;
    }
  }
  const apus_state_tensor *first = missing[0] ? missing[0] : has_momentum ? missing[1] : NULL;
  if (!first) return APUS_OK;
  char shape[128];
  return FAIL(reader, "'%.100s' is missing, which %.60s has in shape %s", first->name, reader->state->model_name,
              describe_shape(first->rank, first->extents, shape));
}

/* MARK: File */

static void fill_state(const state_reader *reader, const char *data) {
  for (uint32_t index = 0; index < reader->state->tensor_count; ++index) {
    const apus_state_tensor *tensor = &reader->state->tensors[index];
    float *stored = apus_state_elements(reader->state, tensor);
    if (reader->offsets[index] == NOT_FOUND) {
      memset(stored, 0, (size_t)apus_state_stored_count(&tensor->layout) * sizeof *stored);
    } else {
      apus_state_pack(&tensor->layout, data + reader->offsets[index], stored);
    }
  }
}

static int read_state(state_reader *reader, uint64_t header_byte_count, int64_t *step_count) {
  for (uint32_t index = 0; index < reader->state->tensor_count; ++index) reader->offsets[index] = NOT_FOUND;
  int status = read_state_header(reader);
  if (status == APUS_OK) status = check_completeness(reader);
  if (status != APUS_OK) return status;
  fill_state(reader, reader->header + header_byte_count);
  *step_count = reader->step_count;
  return APUS_OK;
}

/* Finds the header of a mapped file. */
static int open_header(state_reader *reader, const apus_mapping *file, uint64_t *header_byte_count) {
  if (file->byte_count < APUS_STATE_LENGTH_BYTE_COUNT) {
    return FAIL(reader, "%zu bytes are too few for a safetensors file", file->byte_count);
  }
  uint64_t length = 0, rest = file->byte_count - APUS_STATE_LENGTH_BYTE_COUNT;
  const unsigned char *bytes = file->address;
  for (int byte = 0; byte < APUS_STATE_LENGTH_BYTE_COUNT; ++byte) length |= (uint64_t)bytes[byte] << (8 * byte);
  if (length > rest) {
    return FAIL(reader, "this is not a safetensors file, or it is cut: its header should have %" PRIu64
                " bytes, and %" PRIu64 " follow", length, rest);
  }
  reader->header = (const char *)file->address + APUS_STATE_LENGTH_BYTE_COUNT;
  reader->json = (apus_json_reader){reader->header, reader->header + length};
  reader->data_byte_count = rest - length;
  *header_byte_count = length;
  return APUS_OK;
}

int apus_state_load(const apus_state *state, const char *path, int64_t *step_count, const apus_hooks *hooks,
                    apus_error *error) {
  apus_mapping file;
  int status = apus_map_file(path, &file, error);
  if (status != APUS_OK) return status;
  state_reader reader = {.state = state, .path = path, .error = error};
  uint64_t header_byte_count;
  status = open_header(&reader, &file, &header_byte_count);
  if (status == APUS_OK) {
    size_t offsets_byte_count = state->tensor_count * sizeof *reader.offsets;
    void *memory = apus_allocate(hooks, offsets_byte_count + header_byte_count + 1);
    if (memory) {
      reader.offsets = memory;
      reader.text = (char *)memory + offsets_byte_count;
      status = read_state(&reader, header_byte_count, step_count);
    } else {
      status = apus_fail(error, APUS_OUT_OF_MEMORY, "there is no memory for the header of %s", path);
    }
    apus_release(hooks, memory);
  }
  apus_unmap(&file);
  return status;
}
