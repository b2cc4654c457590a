#include "apus_thread_count.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTE_COUNT = 4096, TEXT_BYTE_COUNT = 8192 };

static int processors_of_quota(long long quota, long long period) {
  if (quota <= 0 || period <= 0) return 0;
  long long count = (quota - 1) / period + 1;
  return count > APUS_THREAD_LIMIT ? APUS_THREAD_LIMIT : (int)count;
}

/* The beginning of a file, as far as it fits; read without the allocations of stdio. */
static bool read_text(const char *path, char text[TEXT_BYTE_COUNT]) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  size_t length = 0;
  ssize_t count;
  while ((count = read(descriptor, text + length, TEXT_BYTE_COUNT - 1 - length)) > 0) length += (size_t)count;
  close(descriptor);
  text[length] = '\0';
  return count >= 0;
}

/* The limit that the files of one directory set: "QUOTA PERIOD" or "max PERIOD" in version 2, two files in 1. */
static int directory_limit(const char *directory, bool is_version_2) {
  char path[PATH_BYTE_COUNT + 32], text[TEXT_BYTE_COUNT];
  long long quota = 0, period = 0;
  if (is_version_2) {
    snprintf(path, sizeof path, "%s/cpu.max", directory);
    return read_text(path, text) && sscanf(text, "%lld %lld", &quota, &period) == 2
               ? processors_of_quota(quota, period)
               : 0;
  }
  snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", directory);
  if (!read_text(path, text)) return 0;
  quota = atoll(text);
  snprintf(path, sizeof path, "%s/cpu.cfs_period_us", directory);
  if (!read_text(path, text)) return 0;
  period = atoll(text);
  return processors_of_quota(quota, period);
}

static int smaller_limit(int a, int b) { return a == 0 || (b != 0 && b < a) ? b : a; }

/* The smallest limit from `path` up to the hierarchy's root: a group is bound by those around it. In a container the
   path may not exist below the mount; its root then is the group. */
static int hierarchy_limit(const char *mount, const char *path, bool is_version_2) {
  char directory[PATH_BYTE_COUNT];
  int length = snprintf(directory, sizeof directory, "%s%s", mount, path);
  if (length < 0 || (size_t)length >= sizeof directory) return 0;
  size_t mount_length = strlen(mount);
  int limit = 0;
  for (;;) {
    limit = smaller_limit(limit, directory_limit(directory, is_version_2));
    char *slash = strrchr(directory + mount_length, '/');
    if (!slash) return limit;
    *slash = '\0';
  }
}

/* Whether a comma-separated list of controllers names cpu. */
static bool names_cpu(const char *controllers) {
  for (const char *name = controllers; name; name = strchr(name, ',')) {
    if (*name == ',') ++name;
    if (strncmp(name, "cpu", 3) == 0 && (name[3] == '\0' || name[3] == ',')) return true;
  }
  return false;
}

/* The limit that one line of the membership sets: hierarchy-ID:controllers:path, where version 2 has no controllers. */
static int line_limit(char *line, const char *root) {
  char mount[PATH_BYTE_COUNT];
  char *controllers = strchr(line, ':');
  char *path = controllers ? strchr(controllers + 1, ':') : NULL;
  if (!path) return 0;
  *controllers++ = *path++ = '\0';
  bool is_version_2 = *controllers == '\0';
  if (!is_version_2 && !names_cpu(controllers)) return 0;
  int length = snprintf(mount, sizeof mount, "%s%s", root, is_version_2 ? "" : "/cpu");
  if (length < 0 || (size_t)length >= sizeof mount) return 0;
  return hierarchy_limit(mount, path, is_version_2);
}

int apus_cgroup_processor_count(const char *membership, const char *root) {
  char text[TEXT_BYTE_COUNT];
  if (!read_text(membership, text)) return 0;
  int limit = 0;
  char *rest = text;
  for (char *line; (line = strsep(&rest, "\n"));) limit = smaller_limit(limit, line_limit(line, root));
  return limit;
}

static int affinity_processor_count(void) {
  /* The kernel refuses a mask that is shorter than its own; this holds 8192 processors. */
  unsigned long mask[8192 / (8 * sizeof(unsigned long))];
  memset(mask, 0, sizeof mask);
  if (sched_getaffinity(0, sizeof mask, (cpu_set_t *)mask) != 0) return 1;
  int count = 0;
  for (size_t word = 0; word < sizeof mask / sizeof *mask; ++word) count += __builtin_popcountl(mask[word]);
  return count > 0 ? count : 1;
}

int apus_available_thread_count(void) {
  int count = affinity_processor_count();
  if (count > APUS_THREAD_LIMIT) count = APUS_THREAD_LIMIT;
  int limit = apus_cgroup_processor_count("/proc/self/cgroup", "/sys/fs/cgroup");
  return limit > 0 && limit < count ? limit : count;
}

int apus_choose_thread_count(int thread_count, int *chosen, apus_error *error) {
  if (thread_count < 0 || thread_count > APUS_THREAD_LIMIT) {
    return apus_fail(error, APUS_INVALID_ARGUMENT, "%d threads were asked for; 0 (automatic) to %d are possible",
                     thread_count, APUS_THREAD_LIMIT);
  }
  *chosen = thread_count == 0 ? apus_available_thread_count() : thread_count;
  return APUS_OK;
}
