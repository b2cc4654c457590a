/* A context runs a model: it owns a workspace and threads, and serves one caller at a time. Contexts of one model
   are independent and may run at the same time. */
#ifndef APUS_CONTEXT_H
#define APUS_CONTEXT_H

#include "apus_error.h"
#include "apus_hooks.h"
#include "apus_model.h"

typedef struct apus_context apus_context;

typedef struct apus_context_options {
  /* The packed image, APUS_ALIGNMENT-aligned; may be null where the model has none. Must outlive the context. A
     step of training changes it. */
  const void *weights;
  /* Threads that a run uses, the caller's among them; 0: as many as the process may keep busy. With the hook
     parallel_for: how many of its calls do their work at a time, each in scratch memory of its own; more wait. */
  int thread_count;
  /* The largest batch that will be run; 0: the model's. */
  int64_t largest_batch;
  /* Memory for the buffers between steps, APUS_ALIGNMENT-aligned, of apus_model_workspace_byte_count(model,
     largest_batch, thread_count) bytes or more; null: the context allocates it. */
  void *workspace;
  uint64_t workspace_byte_count;
  apus_hooks hooks;
} apus_context_options;

/* Allocates all that a context will ever need, threads aside, which are made by the first run. `model` must outlive
   the context. Returns an apus_status. */
int apus_context_create(const apus_model *model, const apus_context_options *options, apus_context **context,
                        apus_error *error);

/* Ends the context's threads. `context` may be null. */
void apus_context_destroy(apus_context *context);

/* Runs the model on `n` images: inputs[i] and outputs[i] are the model's tensors, in order. The same bits for any
   number of threads. Returns an apus_status; apus_context_error says more. */
int apus_context_run(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[]);

/* Runs the rounds first_round..<end_round only, on what earlier rounds of the same batch left in the workspace. */
int apus_context_run_rounds(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[],
                            uint32_t first_round, uint32_t end_round);

/* Is told of every chunk of a run when it begins and when it ends, on the thread that runs it. The chunks of a step are
   numbered throughout its rounds. */
typedef struct apus_observer {
  void (*begin)(void *user, uint32_t step, int64_t chunk);
  void (*end)(void *user, uint32_t step, int64_t chunk);
  void *user;
} apus_observer;

/* As apus_context_run, and tells `observer`. */
int apus_context_run_observed(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[],
                              const apus_observer *observer);

/* The message of the last failure; empty if there was none. */
const char *apus_context_error(const apus_context *context);

/* The workspace, to look at the buffers between steps. */
const void *apus_context_workspace(const apus_context *context);

int apus_context_thread_count(const apus_context *context);

int64_t apus_context_largest_batch(const apus_context *context);

#endif
