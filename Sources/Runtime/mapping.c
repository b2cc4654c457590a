#include "apus_mapping.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"

int apus_map_file(const char *path, apus_mapping *mapping, apus_error *error) {
  *mapping = (apus_mapping){NULL, 0};
  int descriptor;
  uint64_t byte_count;
  int status = apus_file_open(path, &descriptor, &byte_count, error);
  if (status != APUS_OK) return status;
  void *address = byte_count == 0 ? NULL : mmap(NULL, byte_count, PROT_READ, MAP_PRIVATE, descriptor, 0);
  close(descriptor);
  if (address == MAP_FAILED) return apus_fail(error, APUS_OUT_OF_MEMORY, "%s cannot be mapped", path);
  *mapping = (apus_mapping){address, byte_count};
  return APUS_OK;
}

void apus_unmap(apus_mapping *mapping) {
  if (mapping->address) munmap((void *)mapping->address, mapping->byte_count);
  *mapping = (apus_mapping){NULL, 0};
}
