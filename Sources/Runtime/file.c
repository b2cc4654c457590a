#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int apus_file_open(const char *path, int *descriptor, uint64_t *byte_count, apus_error *error) {
  int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened < 0) return apus_fail(error, APUS_BAD_FILE, "%s: %s", path, strerror(errno));
  struct stat status;
  if (fstat(opened, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(opened);
    return apus_fail(error, APUS_BAD_FILE, "%s is not a regular file", path);
  }
  *descriptor = opened;
  *byte_count = (uint64_t)status.st_size;
  return APUS_OK;
}

int apus_file_read(const char *path, int descriptor, void *bytes, uint64_t byte_count, apus_error *error) {
  char *next = bytes;
  while (byte_count > 0) {
    ssize_t count = read(descriptor, next, byte_count);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return apus_fail(error, APUS_BAD_FILE, "%s: %s", path, strerror(errno));
    if (count == 0) return apus_fail(error, APUS_BAD_FILE, "%s ends early", path);
    next += count;
    byte_count -= (uint64_t)count;
  }
  return APUS_OK;
}
