/* What reading and writing state agree on: a safetensors file is eight bytes with the length of a JSON header, the
   header, and the tensors' elements. */
#ifndef APUS_STATE_FILE_H
#define APUS_STATE_FILE_H

#include "apus_state.h"

enum { APUS_STATE_LENGTH_BYTE_COUNT = 8 };

/* The key of the header that is no tensor, and that of the steps taken in it, a number as text. */
#define APUS_STATE_METADATA_KEY "__metadata__"
#define APUS_STATE_STEP_KEY "step"

#endif
