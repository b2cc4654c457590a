#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, apus_error *error) {
  return apus_fail(error, APUS_BAD_FILE, "%.200s cannot be written: %s", path, strerror(errno));
}

static int give_up(apus_output_file *file, apus_error *error) {
  int status = fail(file->path, error);
  close(file->descriptor);
  unlink(file->temporary_path);
  return status;
}

/* Finds where the file is to be, and its permissions. */
static int resolve(const char *path, char destination[PATH_MAX], mode_t *mode, apus_error *error) {
  struct stat status;
  if (stat(path, &status) == 0) {
    if (!S_ISREG(status.st_mode)) {
      return apus_fail(error, APUS_BAD_FILE, "%.200s cannot be written: it is not a regular file", path);
    }
    *mode = status.st_mode & 0777;
    return realpath(path, destination) ? APUS_OK : fail(path, error);
  }
  *mode = 0666;
  if (snprintf(destination, PATH_MAX, "%s", path) < PATH_MAX) return APUS_OK;
  errno = ENAMETOOLONG;
  return fail(path, error);
}

int apus_output_open(const char *path, apus_output_file *file, apus_error *error) {
  mode_t mode;
  int status = resolve(path, file->path, &mode, error);
  if (status != APUS_OK) return status;
  /* Threads of one process may write files of one name. */
  int length = snprintf(file->temporary_path, PATH_MAX, "%s.%ld.%p.part", file->path, (long)getpid(), (void *)file);
  if (length >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return fail(path, error);
  }
  /* What stands there was left by a process of the same number that was killed. */
  unlink(file->temporary_path);
  file->descriptor = open(file->temporary_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  return file->descriptor < 0 ? fail(path, error) : APUS_OK;
}

int apus_output_append(apus_output_file *file, const void *bytes, size_t byte_count, apus_error *error) {
  const char *next = bytes;
  while (byte_count > 0) {
    ssize_t count = write(file->descriptor, next, byte_count);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return give_up(file, error);
    next += count;
    byte_count -= (size_t)count;
  }
  return APUS_OK;
}

/* A name is on the disk once its directory is. */
static void sync_directory(const char *path) {
  char directory[PATH_MAX];
  const char *slash = strrchr(path, '/');
  snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
  int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

int apus_output_commit(apus_output_file *file, apus_error *error) {
  if (fsync(file->descriptor) != 0) return give_up(file, error);
  if (rename(file->temporary_path, file->path) != 0) return give_up(file, error);
  close(file->descriptor);
  sync_directory(file->path);
  return APUS_OK;
}
