/* Files that may be gzipped. Training reads its data sets by this; what is compiled does not have it. */
#ifndef APUS_GZIP_H
#define APUS_GZIP_H

#include <stdint.h>

#include "apus_error.h"

typedef struct apus_gzip apus_gzip;

/* Reads a file that is open, and takes its descriptor over, also where it fails. Whether it is gzipped is seen by its
   first bytes; if it is, what follows is about what was packed. Returns an apus_status; messages are about "it". */
int apus_gzip_open(int descriptor, apus_gzip **file, apus_error *error);

/* Reads exactly byte_count bytes; fails where the file ends before or is damaged. */
int apus_gzip_read(apus_gzip *file, void *bytes, uint64_t byte_count, apus_error *error);

/* Fails unless everything has been read, and its checksum is right. */
int apus_gzip_expect_end(apus_gzip *file, apus_error *error);

void apus_gzip_close(apus_gzip *file);

#endif
