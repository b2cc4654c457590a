#include "apus_gzip.h"

#include <unistd.h>
#include <zlib.h>

int apus_gzip_open(int descriptor, apus_gzip **file, apus_error *error) {
  *file = (apus_gzip *)gzdopen(descriptor, "rb");
  if (*file) return APUS_OK;
  close(descriptor);
  return apus_fail(error, APUS_OUT_OF_MEMORY, "there is no memory to read it");
}

/* Up to byte_count bytes, fewer only at the end. */
static int read_available(apus_gzip *file, char *bytes, uint64_t byte_count, uint64_t *read_count, apus_error *error) {
  static const uint64_t piece_limit = 1 << 30; /* gzread counts in unsigned int and returns int */
  *read_count = 0;
  while (*read_count < byte_count) {
    uint64_t left = byte_count - *read_count;
    int count = gzread((gzFile)file, bytes + *read_count, (unsigned)(left < piece_limit ? left : piece_limit));
    int code;
    const char *message = gzerror((gzFile)file, &code);
    /* Packed data that stops short is delivered as far as it goes. */
    if (code == Z_BUF_ERROR) return apus_fail(error, APUS_BAD_FILE, "it ends early");
    if (count < 0) return apus_fail(error, APUS_BAD_FILE, "it cannot be unpacked: %s", message);
    if (count == 0) return APUS_OK;
    *read_count += (uint64_t)count;
  }
  return APUS_OK;
}

int apus_gzip_read(apus_gzip *file, void *bytes, uint64_t byte_count, apus_error *error) {
  uint64_t read_count;
  int status = read_available(file, bytes, byte_count, &read_count, error);
  if (status != APUS_OK || read_count == byte_count) return status;
  return apus_fail(error, APUS_BAD_FILE, "it ends early");
}

int apus_gzip_expect_end(apus_gzip *file, apus_error *error) {
  char byte;
  uint64_t read_count;
  int status = read_available(file, &byte, 1, &read_count, error);
  if (status != APUS_OK || read_count == 0) return status;
  return apus_fail(error, APUS_BAD_FILE, "it goes on after what its header promises");
}

void apus_gzip_close(apus_gzip *file) { gzclose_r((gzFile)file); }
