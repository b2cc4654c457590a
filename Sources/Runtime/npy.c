#include "apus_npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "npy_header.h"
#include "output_file.h"

enum {
  PREFIX_TEXT_BYTE_COUNT = 6,
  PREFIX_BYTE_COUNT = 8, /* the text, major and minor version */
  HEADER_BYTE_LIMIT = 65536,
};

/* Larger files are more likely damaged than wanted: 16 GiB. */
static const uint64_t npy_byte_limit = UINT64_C(1) << 34;

static const char prefix[] = "\x93NUMPY";

/* MARK: Reading */

/* Reads prefix and header; *data_offset is where the elements begin. */
static int read_header(const char *path, int descriptor, npy_header *header, uint64_t *data_offset,
                       apus_error *error) {
  unsigned char bytes[PREFIX_BYTE_COUNT], size[4] = {0};
  int status = apus_file_read(path, descriptor, bytes, sizeof bytes, error);
  if (status != APUS_OK) return status;
  if (memcmp(bytes, prefix, PREFIX_TEXT_BYTE_COUNT) != 0) {
    return apus_fail(error, APUS_BAD_FILE, "%s is not an .npy file", path);
  }
  int major = bytes[6];
  if (major != 1 && major != 2) {
    return apus_fail(error, APUS_BAD_FILE, "%s is of .npy version %d; 1 and 2 can be read", path, major);
  }
  uint64_t size_byte_count = major == 1 ? 2 : 4;
  status = apus_file_read(path, descriptor, size, size_byte_count, error);
  if (status != APUS_OK) return status;
  uint32_t length = size[0] | (uint32_t)size[1] << 8 | (uint32_t)size[2] << 16 | (uint32_t)size[3] << 24;
  if (length > HEADER_BYTE_LIMIT) {
    return apus_fail(error, APUS_BAD_FILE, "%s has a header of %" PRIu32 " bytes; at most %d are read", path, length,
                     HEADER_BYTE_LIMIT);
  }
  char *text = malloc(length + 1);
  if (!text) return apus_fail(error, APUS_OUT_OF_MEMORY, "there is no memory for the header of %s", path);
  status = apus_file_read(path, descriptor, text, length, error);
  if (status == APUS_OK) status = apus_npy_header_parse(path, text, length, header, error);
  free(text);
  *data_offset = PREFIX_BYTE_COUNT + size_byte_count + length;
  return status;
}

static int check_size(const char *path, const npy_header *header, uint64_t file_byte_count, uint64_t data_offset,
                      apus_error *error) {
  uint64_t expected;
  if (file_byte_count > npy_byte_limit) {
    return apus_fail(error, APUS_BAD_FILE, "%s has more than %" PRIu64 " bytes", path, npy_byte_limit);
  }
  if (__builtin_mul_overflow((uint64_t)header->element_count, header->element_byte_count, &expected)
      || __builtin_add_overflow(expected, data_offset, &expected) || expected != file_byte_count) {
    return apus_fail(error, APUS_BAD_FILE, "%s has %" PRIu64 " bytes; its header promises %" PRId64
                     " elements of %" PRIu32 " bytes after the first %" PRIu64,
                     path, file_byte_count, header->element_count, header->element_byte_count, data_offset);
  }
  return APUS_OK;
}

/* Reads elements of 8 bytes piece by piece and makes elements of 4 bytes of them. */
static int read_wide_elements(const char *path, int descriptor, const npy_header *header, void *elements,
                              apus_error *error) {
  union {
    double floats[4096];
    int64_t integers[4096];
  } piece;
  int64_t capacity = sizeof piece.floats / sizeof *piece.floats;
  for (int64_t done = 0; done < header->element_count;) {
    int64_t count = header->element_count - done < capacity ? header->element_count - done : capacity;
    int status = apus_file_read(path, descriptor, &piece, (uint64_t)count * sizeof(double), error);
    if (status != APUS_OK) return status;
    for (int64_t index = 0; index < count; ++index) {
      if (header->kind == NPY_FLOATS) {
        ((float *)elements)[done + index] = (float)piece.floats[index];
        continue;
      }
      int64_t integer = piece.integers[index];
      if (integer < INT32_MIN || integer > INT32_MAX) {
        return apus_fail(error, APUS_BAD_FILE, "%s: element %" PRId64 " is %" PRId64 ", which does not fit 32 bits",
                         path, done + index, integer);
      }
      ((int32_t *)elements)[done + index] = (int32_t)integer;
    }
    done += count;
  }
  return APUS_OK;
}

/* On success the caller frees *elements, header->element_count of 4 bytes each. */
static int read_elements(const char *path, int descriptor, uint64_t file_byte_count, npy_header *header,
                         void **elements, apus_error *error) {
  uint64_t data_offset;
  int status = read_header(path, descriptor, header, &data_offset, error);
  if (status == APUS_OK) status = check_size(path, header, file_byte_count, data_offset, error);
  if (status != APUS_OK) return status;
  uint64_t byte_count = (uint64_t)header->element_count * 4;
  *elements = malloc(byte_count + 1);
  if (!*elements) {
    return apus_fail(error, APUS_OUT_OF_MEMORY, "there is no memory for the %" PRId64 " elements of %s",
                     header->element_count, path);
  }
  status = header->element_byte_count == 4 ? apus_file_read(path, descriptor, *elements, byte_count, error)
                                           : read_wide_elements(path, descriptor, header, *elements, error);
  if (status != APUS_OK) free(*elements);
  return status;
}

static int read_array(const char *path, npy_header *header, void **elements, apus_error *error) {
  int descriptor;
  uint64_t byte_count;
  int status = apus_file_open(path, &descriptor, &byte_count, error);
  if (status != APUS_OK) return status;
  status = read_elements(path, descriptor, byte_count, header, elements, error);
  close(descriptor);
  return status;
}

int apus_npy_read(const char *path, apus_array *array, apus_error *error) {
  npy_header header = {.kind = NPY_FLOATS};
  void *elements;
  int status = read_array(path, &header, &elements, error);
  if (status != APUS_OK) return status;
  *array = (apus_array){.rank = header.rank, .element_count = header.element_count, .elements = elements};
  memcpy(array->extents, header.extents, header.rank * sizeof *header.extents);
  return APUS_OK;
}

int apus_npy_read_integers(const char *path, apus_integers *array, apus_error *error) {
  npy_header header = {.kind = NPY_INTEGERS};
  void *elements;
  int status = read_array(path, &header, &elements, error);
  if (status != APUS_OK) return status;
  *array = (apus_integers){.rank = header.rank, .element_count = header.element_count, .elements = elements};
  memcpy(array->extents, header.extents, header.rank * sizeof *header.extents);
  return APUS_OK;
}

void apus_array_free(apus_array *array) {
  free(array->elements);
  array->elements = NULL;
}

void apus_integers_free(apus_integers *array) {
  free(array->elements);
  array->elements = NULL;
}

/* MARK: Writing */

/* Version 1, padded so that the elements are 64-byte aligned, as NumPy does. Returns the byte count. */
static size_t format_header(const apus_array *array, char bytes[512]) {
  size_t length = PREFIX_BYTE_COUNT + 2;
  length += (size_t)snprintf(bytes + length, 512 - length, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
  for (uint32_t axis = 0; axis < array->rank; ++axis) {
    length += (size_t)snprintf(bytes + length, 512 - length, axis == 0 ? "%" PRId64 "," : " %" PRId64 ",",
                               array->extents[axis]);
  }
  /* A tuple of one needs its comma, a longer one does without. */
  if (array->rank > 1) --length;
  length += (size_t)snprintf(bytes + length, 512 - length, "), }");
  while ((length + 1) % 64 != 0) bytes[length++] = ' ';
  bytes[length++] = '\n';
  size_t text_length = length - PREFIX_BYTE_COUNT - 2;
  memcpy(bytes, prefix, PREFIX_TEXT_BYTE_COUNT);
  memcpy(bytes + PREFIX_TEXT_BYTE_COUNT, (char[]){1, 0, (char)(text_length & 255), (char)(text_length >> 8)}, 4);
  return length;
}

int apus_npy_write(const char *path, const apus_array *array, apus_error *error) {
  char header[512];
  apus_output_file file;
  int status = apus_output_open(path, &file, error);
  if (status != APUS_OK) return status;
  status = apus_output_append(&file, header, format_header(array, header), error);
  if (status != APUS_OK) return status;
  status = apus_output_append(&file, array->elements, (size_t)array->element_count * sizeof(float), error);
  return status == APUS_OK ? apus_output_commit(&file, error) : status;
}
