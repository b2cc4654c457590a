/* The runtime's own source, which ahead-of-time artifacts are compiled from: several files at once, as one unit, so
   what they define is named differently in each. */
#ifndef APUS_SOURCES_H
#define APUS_SOURCES_H

#include <stddef.h>
#include <stdint.h>

/* The artifacts that a file is part of: bits. */
enum apus_source_use {
  APUS_FOR_INFERENCE = 1,   /* libraries and objects that run a model */
  APUS_FOR_TRAINING = 2,    /* libraries and objects that train one */
  APUS_FOR_EXECUTABLES = 4,
  APUS_FOR_ALL = 7
};

typedef struct apus_source {
  const char *name; /* the file's, without a directory */
  const char *text;
  size_t length;
  uint32_t uses; /* of apus_source_use */
} apus_source;

size_t apus_source_count(void);
apus_source apus_source_at(size_t index);

#endif
