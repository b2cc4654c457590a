/* A model with its weights: what the C interface of a library is made of. */
#ifndef APUS_INSTANCE_H
#define APUS_INSTANCE_H

#include "apus_context.h"

/* Raised when the meaning or the layout of what a library's header declares changes. */
enum { APUS_ABI_VERSION = 1 };

typedef struct apus_instance_options {
  uint32_t abi_version;
  int thread_count;
  /* The weights file, or its contents in memory; neither where the weights are embedded. */
  const char *weights_path;
  const void *weights;
  uint64_t weights_byte_count;
  apus_hooks hooks;
} apus_instance_options;

typedef struct apus_instance apus_instance;

/* Checks the processor, finds and checks the weights. `embedded_weights` is the image in the binary, or null.
   Returns an apus_status; apus_last_error(NULL) says more. */
int apus_instance_create(const apus_model *model, const void *embedded_weights, const apus_instance_options *options,
                         apus_instance **instance);

void apus_instance_destroy(apus_instance *instance);

/* Bytes of workspace for a batch of `n`; 0 where the model was not compiled for it. */
size_t apus_instance_workspace(const apus_instance *instance, int64_t n);

/* A context for batches up to `largest_batch` (0: the model's). `workspace` may be null; otherwise it has
   apus_instance_workspace(instance, largest_batch) bytes. The instance must outlive the context. */
int apus_instance_context_create(const apus_instance *instance, int64_t largest_batch, void *workspace,
                                 apus_context **context);

/* Why the last call with `context` failed; null: why the last creation on this thread failed. */
const char *apus_last_error(const apus_context *context);

#endif
