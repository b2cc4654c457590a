#include "apus_instance.h"

#include "apus_cpu.h"
#include "apus_thread_count.h"
#include "apus_weights.h"

struct apus_instance {
  const apus_model *model;
  const void *image;
  apus_mapping mapping;
  int thread_count;
  apus_hooks hooks;
};

static _Thread_local apus_error creation_error;

static int choose_weights(apus_instance *instance, const void *embedded_weights, const apus_instance_options *options) {
  instance->image = embedded_weights;
  if (options->weights) {
    return apus_weights_find(instance->model, options->weights, options->weights_byte_count, &instance->image,
                             &creation_error);
  }
  if (options->weights_path) {
    return apus_weights_map(instance->model, options->weights_path, &instance->mapping, &instance->image,
                            &creation_error);
  }
  if (!embedded_weights && instance->model->weights_byte_count > 0) {
    return apus_fail(&creation_error, APUS_INVALID_ARGUMENT,
                     "%s was compiled with its weights beside it: give the weights file's path or contents",
                     instance->model->name);
  }
  return APUS_OK;
}

int apus_instance_create(const apus_model *model, const void *embedded_weights, const apus_instance_options *options,
                         apus_instance **result) {
  *result = NULL;
  if (options->abi_version != APUS_ABI_VERSION) {
    return apus_fail(&creation_error, APUS_INVALID_ARGUMENT,
                     "the caller's header is of ABI version %u; this library of %s is of version %d",
                     options->abi_version, model->name, APUS_ABI_VERSION);
  }
  int status = apus_check_hooks(&options->hooks, &creation_error);
  if (status != APUS_OK) return status;
  status = apus_check_cpu(model->name, model->cpu_features, &creation_error);
  if (status != APUS_OK) return status;
  apus_instance *instance = apus_allocate(&options->hooks, sizeof *instance);
  if (!instance) return apus_fail(&creation_error, APUS_OUT_OF_MEMORY, "there is no memory for %s", model->name);
  *instance = (apus_instance){.model = model, .hooks = options->hooks};
  /* Known from here on, since the workspace depends on it. */
  status = apus_choose_thread_count(options->thread_count, &instance->thread_count, &creation_error);
  if (status == APUS_OK) status = choose_weights(instance, embedded_weights, options);
  if (status != APUS_OK) {
    apus_instance_destroy(instance);
    return status;
  }
  *result = instance;
  return APUS_OK;
}

void apus_instance_destroy(apus_instance *instance) {
  if (!instance) return;
  apus_unmap(&instance->mapping);
  apus_hooks hooks = instance->hooks;
  apus_release(&hooks, instance);
}

size_t apus_instance_workspace(const apus_instance *instance, int64_t n) {
  if (n < instance->model->smallest_batch || n > instance->model->largest_batch) return 0;
  return apus_model_workspace_byte_count(instance->model, n, instance->thread_count);
}

int apus_instance_context_create(const apus_instance *instance, int64_t largest_batch, void *workspace,
                                 apus_context **context) {
  int64_t batch = largest_batch == 0 ? instance->model->largest_batch : largest_batch;
  apus_context_options options = {
      .weights = instance->image,
      .thread_count = instance->thread_count,
      .largest_batch = batch,
      .workspace = workspace,
      .workspace_byte_count = apus_instance_workspace(instance, batch),
      .hooks = instance->hooks,
  };
  return apus_context_create(instance->model, &options, context, &creation_error);
}

const char *apus_last_error(const apus_context *context) {
  return context ? apus_context_error(context) : creation_error.message;
}
