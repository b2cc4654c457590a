#include "apus_context.h"

#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "apus_thread_count.h"
#include "team.h"

/* A step for some images: `most_images` from `first_image` on, or as many as the batch of a run has of them. What threads
   that are late may read depends on the model only; not so the pointers, to the operands of the run under way. Those of
   thread t begin at pointers + t * thread_stride, which is 0 where no operand is in scratch memory and threads share
   them. */
typedef struct walk_round {
  char **pointers;
  uint32_t thread_stride;
  uint32_t step;
  int64_t first_image;
  int64_t most_images;
} walk_round;

struct apus_context {
  const apus_model *model;
  const char *weights;
  char *workspace;
  bool owns_workspace;
  int thread_count;
  int64_t largest_batch;
  apus_hooks hooks;
  apus_team *team;
  /* Those of the largest batch. */
  walk_round *rounds;
  uint32_t round_count;
  /* Of the run under way; null: nobody. */
  const apus_observer *observer;
  /* Which parts of the scratch memory a chunk is using. Only hooked calls look: a team's threads have parts of their
     own. */
  _Atomic bool *is_claimed;
  apus_error error;
};

/* MARK: Memory */

static bool is_aligned(const void *pointer) { return (uintptr_t)pointer % APUS_ALIGNMENT == 0; }

static bool uses_scratch(const apus_step *step) {
  for (uint32_t position = 0; position < step->operand_count; ++position) {
    if (step->operands[position].space == APUS_SCRATCH) return true;
  }
  return false;
}

/* Pointers to the operands of all rounds of the largest batch. */
static size_t pointer_total(const apus_model *model, int64_t largest_batch, int thread_count) {
  size_t total = 0;
  for (uint32_t index = 0; index < model->step_count; ++index) {
    const apus_step *step = &model->steps[index];
    uint64_t rounds = apus_model_round_count(model, index + 1, largest_batch)
                      - apus_model_round_count(model, index, largest_batch);
    total += rounds * step->operand_count * (size_t)(uses_scratch(step) ? thread_count : 1);
  }
  return total;
}

/* A context, its team, its rounds, their pointers and the claims are one block, in this order. */
typedef struct layout {
  size_t team_offset;
  size_t rounds_offset;
  size_t pointers_offset;
  size_t claims_offset;
  size_t byte_count;
} layout;

static layout layout_of(const apus_model *model, int64_t largest_batch, int thread_count) {
  layout layout;
  layout.team_offset = (sizeof(apus_context) + 63) & ~(size_t)63;
  layout.rounds_offset = layout.team_offset + apus_team_byte_count(thread_count);
  layout.pointers_offset =
      layout.rounds_offset + apus_model_round_count(model, model->step_count, largest_batch) * sizeof(walk_round);
  layout.claims_offset =
      layout.pointers_offset + pointer_total(model, largest_batch, thread_count) * sizeof(char *);
  layout.byte_count = layout.claims_offset + (size_t)thread_count * sizeof(_Atomic bool);
  return layout;
}

/* Steps of the stretch that begins at a step; 1 where it is in none. */
static uint32_t stretch_length(const apus_model *model, uint32_t first_step) {
  uint32_t images = model->steps[first_step].images_per_round;
  uint32_t end = first_step + 1;
  while (images > 0 && end < model->step_count && model->steps[end].images_per_round == images) ++end;
  return end - first_step;
}

static void lay_rounds(apus_context *context, char *memory, const layout *layout) {
  const apus_model *model = context->model;
  context->rounds = (walk_round *)(memory + layout->rounds_offset);
  walk_round *round = context->rounds;
  char **pointers = (char **)(memory + layout->pointers_offset);
  uint32_t length;
  for (uint32_t first_step = 0; first_step < model->step_count; first_step += length) {
    length = stretch_length(model, first_step);
    int64_t most_images = model->steps[first_step].images_per_round;
    if (most_images == 0) most_images = context->largest_batch;
    for (int64_t image = 0; image < context->largest_batch; image += most_images) {
      for (uint32_t index = first_step; index < first_step + length; ++index, ++round) {
        const apus_step *step = &model->steps[index];
        bool is_threads_own = uses_scratch(step);
        *round = (walk_round){pointers, is_threads_own ? step->operand_count : 0, index, image, most_images};
        pointers += (size_t)step->operand_count * (size_t)(is_threads_own ? context->thread_count : 1);
      }
    }
  }
  context->round_count = (uint32_t)(round - context->rounds);
  context->is_claimed = (_Atomic bool *)(memory + layout->claims_offset);
  for (int thread = 0; thread < context->thread_count; ++thread) atomic_init(&context->is_claimed[thread], false);
}

/* MARK: Schedule */

static int64_t image_count(const walk_round *round, int64_t n) {
  int64_t rest = n - round->first_image;
  if (rest <= 0) return 0;
  return rest < round->most_images ? rest : round->most_images;
}

static int64_t chunk_count(const void *owner, uint32_t number, int64_t n) {
  const apus_context *context = owner;
  const walk_round *round = &context->rounds[number];
  int64_t images = image_count(round, n);
  return images == 0 ? 0 : apus_step_chunk_count(&context->model->steps[round->step], images);
}

/* The number of a chunk of a round among all chunks of its step. */
static int64_t number_in_step(const apus_step *step, const walk_round *round, int64_t chunk) {
  return round->first_image == 0 ? chunk : chunk + apus_step_chunk_count(step, round->first_image);
}

static void run_chunk(void *owner, uint32_t number, int64_t n, int64_t chunk, int thread) {
  const apus_context *context = owner;
  const walk_round *round = &context->rounds[number];
  const apus_step *step = &context->model->steps[round->step];
  const apus_observer *observer = context->observer;
  if (observer) observer->begin(observer->user, round->step, number_in_step(step, round, chunk));
  step->kernel(round->pointers + (size_t)thread * round->thread_stride, image_count(round, n), chunk);
  if (observer) observer->end(observer->user, round->step, number_in_step(step, round, chunk));
}

/* MARK: Creation */

static int check_options(const apus_model *model, const apus_context_options *options, int64_t largest_batch,
                         int thread_count, apus_error *error) {
  if (largest_batch < model->smallest_batch || largest_batch > model->largest_batch) {
    return apus_fail(error, APUS_INVALID_ARGUMENT,
                     "%s was compiled for batches %" PRId64 " to %" PRId64 "; a context for batches up to %" PRId64
                     " was asked for",
                     model->name, model->smallest_batch, model->largest_batch, largest_batch);
  }
  int status = apus_check_hooks(&options->hooks, error);
  if (status != APUS_OK) return status;
  if (model->weights_byte_count > 0 && !options->weights) {
    return apus_fail(error, APUS_INVALID_ARGUMENT, "%s needs its weights, and none were given", model->name);
  }
  if (!is_aligned(options->weights) || !is_aligned(options->workspace)) {
    return apus_fail(error, APUS_INVALID_ARGUMENT, "weights and workspace must be aligned to %d bytes",
                     APUS_ALIGNMENT);
  }
  uint64_t needed = apus_model_workspace_byte_count(model, largest_batch, thread_count);
  if (options->workspace && options->workspace_byte_count < needed) {
    return apus_fail(error, APUS_INVALID_ARGUMENT,
                     "the workspace has %" PRIu64 " bytes; batches up to %" PRId64 " need %" PRIu64,
                     options->workspace_byte_count, largest_batch, needed);
  }
  return APUS_OK;
}

int apus_context_create(const apus_model *model, const apus_context_options *options, apus_context **result,
                        apus_error *error) {
  *result = NULL;
  int64_t largest_batch = options->largest_batch == 0 ? model->largest_batch : options->largest_batch;
  int thread_count;
  int status = apus_choose_thread_count(options->thread_count, &thread_count, error);
  if (status == APUS_OK) status = check_options(model, options, largest_batch, thread_count, error);
  if (status != APUS_OK) return status;

  layout layout = layout_of(model, largest_batch, thread_count);
  uint64_t workspace_byte_count = apus_model_workspace_byte_count(model, largest_batch, thread_count);
  char *memory = apus_allocate(&options->hooks, layout.byte_count);
  char *workspace = options->workspace;
  if (memory && !workspace) workspace = apus_allocate(&options->hooks, workspace_byte_count);
  if (!memory || !workspace) {
    apus_release(&options->hooks, memory);
    return apus_fail(error, APUS_OUT_OF_MEMORY,
                     "there is no memory for the %" PRIu64 " bytes of workspace that batches up to %" PRId64 " need",
                     workspace_byte_count, largest_batch);
  }
  apus_context *context = (apus_context *)memory;
  *context = (apus_context){
      .model = model,
      .weights = options->weights,
      .workspace = workspace,
      .owns_workspace = !options->workspace,
      .thread_count = thread_count,
      .largest_batch = largest_batch,
      .hooks = options->hooks,
  };
  context->team =
      apus_team_create(memory + layout.team_offset, thread_count, (apus_schedule){context, chunk_count, run_chunk});
  lay_rounds(context, memory, &layout);
  *result = context;
  return APUS_OK;
}

void apus_context_destroy(apus_context *context) {
  if (!context) return;
  apus_team_destroy(context->team);
  apus_hooks hooks = context->hooks;
  if (context->owns_workspace) apus_release(&hooks, context->workspace);
  apus_release(&hooks, context);
}

/* MARK: Running */

static int check_run(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[],
                     uint32_t first_round, uint32_t end_round) {
  const apus_model *model = context->model;
  if (n < model->smallest_batch || n > context->largest_batch) {
    return apus_fail(&context->error, APUS_INVALID_ARGUMENT,
                     "the batch is %" PRId64 "; this context of %s runs %" PRId64 " to %" PRId64, n, model->name,
                     model->smallest_batch, context->largest_batch);
  }
  for (uint32_t index = 0; index < model->input_count; ++index) {
    if (inputs && inputs[index]) continue;
    return apus_fail(&context->error, APUS_INVALID_ARGUMENT, "input %s is a null pointer", model->inputs[index].name);
  }
  for (uint32_t index = 0; index < model->output_count; ++index) {
    if (outputs && outputs[index]) continue;
    return apus_fail(&context->error, APUS_INVALID_ARGUMENT, "output %s is a null pointer",
                     model->outputs[index].name);
  }
  if (first_round > end_round || end_round > context->round_count) {
    return apus_fail(&context->error, APUS_INVALID_ARGUMENT, "%s has %" PRIu32 " rounds; %" PRIu32 "..<%" PRIu32
                     " are not among them", model->name, context->round_count, first_round, end_round);
  }
  return APUS_OK;
}

static char *scratch_of(const apus_context *context, int thread) {
  return context->workspace + apus_model_arena_byte_count(context->model, context->largest_batch)
         + (uint64_t)thread * apus_model_scratch_byte_count(context->model);
}

static char *base_of(const apus_context *context, const apus_operand *operand, int thread,
                     const float *const inputs[], float *const outputs[]) {
  switch (operand->space) {
    case APUS_ARENA: return context->workspace;
    case APUS_WEIGHTS: return (char *)context->weights;
    case APUS_INPUT: return (char *)inputs[operand->index];
    case APUS_SCRATCH: return scratch_of(context, thread);
    default: return (char *)outputs[operand->index];
  }
}

static void resolve_operands(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[]) {
  for (const walk_round *round = context->rounds; round < context->rounds + context->round_count; ++round) {
    if (round->first_image >= n) continue;
    const apus_step *step = &context->model->steps[round->step];
    int table_count = round->thread_stride > 0 ? context->thread_count : 1;
    for (int thread = 0; thread < table_count; ++thread) {
      char **pointers = round->pointers + (size_t)thread * round->thread_stride;
      for (uint32_t position = 0; position < step->operand_count; ++position) {
        const apus_operand *operand = &step->operands[position];
        pointers[position] = base_of(context, operand, thread, inputs, outputs) + operand->fixed_offset
                             + (uint64_t)n * operand->offset_per_image
                             + (uint64_t)round->first_image * operand->image_stride;
      }
    }
  }
}

typedef struct hooked_round {
  apus_context *context;
  uint32_t number;
  int64_t n;
} hooked_round;

/* A part of the scratch memory that no other call is using. Who has one is running a kernel, which waits for nothing,
   so that one becomes free soon. */
static int claim_scratch(apus_context *context) {
  for (int thread = 0;; thread = (thread + 1) % context->thread_count) {
    if (!atomic_exchange_explicit(&context->is_claimed[thread], true, memory_order_acquire)) return thread;
    if (thread == context->thread_count - 1) sched_yield();
  }
}

static void run_hooked_chunk(void *argument, int64_t chunk) {
  const hooked_round *round = argument;
  apus_context *context = round->context;
  if (context->rounds[round->number].thread_stride == 0) {
    run_chunk(context, round->number, round->n, chunk, 0);
    return;
  }
  int thread = claim_scratch(context);
  run_chunk(context, round->number, round->n, chunk, thread);
  atomic_store_explicit(&context->is_claimed[thread], false, memory_order_release);
}

int apus_context_run_rounds(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[],
                            uint32_t first_round, uint32_t end_round) {
  int status = check_run(context, n, inputs, outputs, first_round, end_round);
  if (status != APUS_OK) return status;
  resolve_operands(context, n, inputs, outputs);
  if (!context->hooks.parallel_for) {
    apus_team_run(context->team, n, first_round, end_round);
    return APUS_OK;
  }
  for (uint32_t number = first_round; number < end_round; ++number) {
    hooked_round argument = {context, number, n};
    context->hooks.parallel_for(context->hooks.user, chunk_count(context, number, n), run_hooked_chunk, &argument);
  }
  return APUS_OK;
}

int apus_context_run(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[]) {
  return apus_context_run_rounds(context, n, inputs, outputs, 0, context->round_count);
}

int apus_context_run_observed(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[],
                              const apus_observer *observer) {
  context->observer = observer;
  int status = apus_context_run(context, n, inputs, outputs);
  context->observer = NULL;
  return status;
}

const char *apus_context_error(const apus_context *context) { return context->error.message; }

const void *apus_context_workspace(const apus_context *context) { return context->workspace; }

int apus_context_thread_count(const apus_context *context) { return context->thread_count; }

int64_t apus_context_largest_batch(const apus_context *context) { return context->largest_batch; }
