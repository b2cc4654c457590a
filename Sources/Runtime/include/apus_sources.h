/* The runtime's own source, which ahead-of-time artifacts are compiled from: several files at once, as one unit, so
   what they define is named differently in each. */
#ifndef APUS_SOURCES_H
#define APUS_SOURCES_H

#include <stddef.h>

enum apus_source_use {
  APUS_FOR_ALL,        /* in every artifact */
  APUS_FOR_LIBRARIES,  /* in libraries and objects */
  APUS_FOR_EXECUTABLES /* in executables */
};

typedef struct apus_source {
  const char *name; /* the file's, without a directory */
  const char *text;
  size_t length;
  enum apus_source_use use;
} apus_source;

size_t apus_source_count(void);
apus_source apus_source_at(size_t index);

#endif
