#include "apus_weights.h"

#include <inttypes.h>
#include <string.h>

static const char magic[] = "APUSWTS1";

/* MARK: Hash */

static uint64_t mix(uint64_t lane, uint64_t word) {
  lane = (lane ^ word) * UINT64_C(0x9E3779B97F4A7C15);
  return lane ^ (lane >> 29);
}

/* Four lanes, so that multiplications overlap and memory sets the speed. */
uint64_t apus_hash(const void *bytes, uint64_t byte_count) {
  uint64_t lanes[4] = {1, 2, 3, 4}, words[4];
  const char *next = bytes;
  uint64_t left = byte_count;
  for (; left >= sizeof words; left -= sizeof words, next += sizeof words) {
    memcpy(words, next, sizeof words);
    for (int lane = 0; lane < 4; ++lane) lanes[lane] = mix(lanes[lane], words[lane]);
  }
  memset(words, 0, sizeof words);
  if (left > 0) memcpy(words, next, left);
  uint64_t hash = byte_count;
  for (int lane = 0; lane < 4; ++lane) hash = mix(hash, mix(lanes[lane], words[lane]));
  return hash;
}

/* MARK: Files */

apus_weights_header apus_weights_header_of(const void *image, uint64_t byte_count) {
  apus_weights_header header = {.byte_count = byte_count, .hash = apus_hash(image, byte_count)};
  memcpy(header.magic, magic, sizeof header.magic);
  return header;
}

int apus_weights_find(const apus_model *model, const void *file, uint64_t byte_count, const void **image,
                      apus_error *error) {
  if ((uintptr_t)file % APUS_ALIGNMENT != 0) {
    return apus_fail(error, APUS_INVALID_ARGUMENT, "the weights of %s must be aligned to %d bytes", model->name,
                     APUS_ALIGNMENT);
  }
  apus_weights_header header;
  if (byte_count < sizeof header) {
    return apus_fail(error, APUS_BAD_WEIGHTS, "%" PRIu64 " bytes are too few for a weights file", byte_count);
  }
  memcpy(&header, file, sizeof header);
  if (memcmp(header.magic, magic, sizeof header.magic) != 0) {
    return apus_fail(error, APUS_BAD_WEIGHTS, "this is not a weights file that apus compile wrote");
  }
  if (header.byte_count != model->weights_byte_count || header.hash != model->weights_hash) {
    return apus_fail(error, APUS_BAD_WEIGHTS,
                     "these weights (hash %016" PRIx64 ", %" PRIu64 " bytes) are not those %s was compiled with "
                     "(hash %016" PRIx64 ", %" PRIu64 " bytes); use the file that was written with this binary",
                     header.hash, header.byte_count, model->name, model->weights_hash, model->weights_byte_count);
  }
  if (byte_count - sizeof header != header.byte_count) {
    return apus_fail(error, APUS_BAD_WEIGHTS, "the weights file of %s has %" PRIu64 " bytes, not %" PRIu64
                     ": it was cut or extended", model->name, byte_count, header.byte_count + sizeof header);
  }
  const void *found = (const char *)file + sizeof header;
  if (apus_hash(found, header.byte_count) != header.hash) {
    return apus_fail(error, APUS_BAD_WEIGHTS, "the weights of %s are damaged: their hash is not the one they should "
                     "have", model->name);
  }
  *image = found;
  return APUS_OK;
}

int apus_weights_map(const apus_model *model, const char *path, apus_mapping *mapping, const void **image,
                     apus_error *error) {
  int status = apus_map_file(path, mapping, error);
  if (status != APUS_OK) return status;
  apus_error reason;
  status = apus_weights_find(model, mapping->address, mapping->byte_count, image, &reason);
  if (status != APUS_OK) {
    apus_unmap(mapping);
    return apus_fail(error, status, "%.200s: %.300s", path, reason.message);
  }
  return APUS_OK;
}
