#include "apus_context.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "apus_thread_count.h"
#include "team.h"

struct apus_context {
  const apus_model *model;
  const char *weights;
  char *workspace;
  bool owns_workspace;
  int thread_count;
  int64_t largest_batch;
  apus_hooks hooks;
  apus_team *team;
  /* The operands of step s are pointers[s][0...], resolved for the batch and tensors of the run under way. */
  char ***pointers;
  /* Of the run under way; null: nobody. */
  const apus_observer *observer;
  apus_error error;
};

/* MARK: Memory */

static bool is_aligned(const void *pointer) { return (uintptr_t)pointer % APUS_ALIGNMENT == 0; }

static size_t operand_total(const apus_model *model) {
  size_t total = 0;
  for (uint32_t step = 0; step < model->step_count; ++step) total += model->steps[step].operand_count;
  return total;
}

/* A context, its team and its pointer tables are one block, in this order. */
typedef struct layout {
  size_t team_offset;
  size_t tables_offset;
  size_t byte_count;
} layout;

static layout layout_of(const apus_model *model, int thread_count) {
  layout layout;
  layout.team_offset = (sizeof(apus_context) + 63) & ~(size_t)63;
  layout.tables_offset = layout.team_offset + apus_team_byte_count(thread_count);
  layout.byte_count = layout.tables_offset + (model->step_count + operand_total(model)) * sizeof(char *);
  return layout;
}

static void lay_tables(apus_context *context, void *memory) {
  context->pointers = memory;
  char **operands = (char **)(context->pointers + context->model->step_count);
  for (uint32_t step = 0; step < context->model->step_count; ++step) {
    context->pointers[step] = operands;
    operands += context->model->steps[step].operand_count;
  }
}

/* MARK: Schedule */

static int64_t chunk_count(const void *owner, uint32_t step, int64_t n) {
  return apus_step_chunk_count(&((const apus_context *)owner)->model->steps[step], n);
}

static void run_chunk(void *owner, uint32_t step, int64_t n, int64_t chunk) {
  apus_context *context = owner;
  const apus_observer *observer = context->observer;
  if (observer) observer->begin(observer->user, step, chunk);
  context->model->steps[step].kernel(context->pointers[step], n, chunk);
  if (observer) observer->end(observer->user, step, chunk);
}

/* MARK: Creation */

static int check_options(const apus_model *model, const apus_context_options *options, int64_t largest_batch,
                         apus_error *error) {
  if (largest_batch < model->smallest_batch || largest_batch > model->largest_batch) {
    return apus_fail(error, APUS_INVALID_ARGUMENT,
                     "%s was compiled for batches %" PRId64 " to %" PRId64 "; a context for batches up to %" PRId64
                     " was asked for",
                     model->name, model->smallest_batch, model->largest_batch, largest_batch);
  }
  if (options->thread_count < 0 || options->thread_count > APUS_THREAD_LIMIT) {
    return apus_fail(error, APUS_INVALID_ARGUMENT, "%d threads were asked for; 0 (automatic) to %d are possible",
                     options->thread_count, APUS_THREAD_LIMIT);
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
  uint64_t needed = apus_model_workspace_byte_count(model, largest_batch);
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
  int status = check_options(model, options, largest_batch, error);
  if (status != APUS_OK) return status;

  int thread_count = options->thread_count == 0 ? apus_available_thread_count() : options->thread_count;
  if (options->hooks.parallel_for) thread_count = 1;
  layout layout = layout_of(model, thread_count);
  uint64_t workspace_byte_count = apus_model_workspace_byte_count(model, largest_batch);
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
  lay_tables(context, memory + layout.tables_offset);
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
                     uint32_t first_step, uint32_t end_step) {
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
  if (first_step > end_step || end_step > model->step_count) {
    return apus_fail(&context->error, APUS_INVALID_ARGUMENT, "%s has %" PRIu32 " steps; %" PRIu32 "..<%" PRIu32
                     " are not among them", model->name, model->step_count, first_step, end_step);
  }
  return APUS_OK;
}

static char *base_of(const apus_context *context, const apus_operand *operand, const float *const inputs[],
                     float *const outputs[]) {
  switch (operand->space) {
    case APUS_ARENA: return context->workspace;
    case APUS_WEIGHTS: return (char *)context->weights;
    case APUS_INPUT: return (char *)inputs[operand->index];
    default: return (char *)outputs[operand->index];
  }
}

static void resolve_operands(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[]) {
  for (uint32_t index = 0; index < context->model->step_count; ++index) {
    const apus_step *step = &context->model->steps[index];
    for (uint32_t position = 0; position < step->operand_count; ++position) {
      const apus_operand *operand = &step->operands[position];
      context->pointers[index][position] = base_of(context, operand, inputs, outputs) + operand->fixed_offset
                                           + (uint64_t)n * operand->offset_per_image;
    }
  }
}

typedef struct hooked_step {
  apus_context *context;
  uint32_t step;
  int64_t n;
} hooked_step;

static void run_hooked_chunk(void *argument, int64_t chunk) {
  const hooked_step *step = argument;
  run_chunk(step->context, step->step, step->n, chunk);
}

int apus_context_run_steps(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[],
                           uint32_t first_step, uint32_t end_step) {
  int status = check_run(context, n, inputs, outputs, first_step, end_step);
  if (status != APUS_OK) return status;
  resolve_operands(context, n, inputs, outputs);
  if (!context->hooks.parallel_for) {
    apus_team_run(context->team, n, first_step, end_step);
    return APUS_OK;
  }
  for (uint32_t step = first_step; step < end_step; ++step) {
    hooked_step argument = {context, step, n};
    context->hooks.parallel_for(context->hooks.user, chunk_count(context, step, n), run_hooked_chunk, &argument);
  }
  return APUS_OK;
}

int apus_context_run(apus_context *context, int64_t n, const float *const inputs[], float *const outputs[]) {
  return apus_context_run_steps(context, n, inputs, outputs, 0, context->model->step_count);
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
