/* How every part of the runtime reports failure: a status to branch on and a message for people. */
#ifndef APUS_ERROR_H
#define APUS_ERROR_H

enum apus_status {
  APUS_OK = 0,
  APUS_INVALID_ARGUMENT = 1, /* a batch out of range, a null pointer, a workspace that is too small */
  APUS_OUT_OF_MEMORY = 2,
  APUS_UNSUPPORTED_CPU = 3, /* the processor lacks an instruction set that the kernels use */
  APUS_BAD_WEIGHTS = 4,     /* a weights image that is not the one the model was compiled with */
  APUS_BAD_FILE = 5,        /* a file that cannot be read, is malformed, or is too large */
  APUS_NOT_FINITE = 6,      /* a step of training whose loss is infinite or no number */
};

typedef struct apus_error {
  char message[512];
} apus_error;

/* Formats the message, cut to what fits, and returns `status`. `error` may be null. */
int apus_fail(apus_error *error, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
