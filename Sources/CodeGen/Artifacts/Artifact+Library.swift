import CRuntime
import Lowering

/// The C interface of a library or object: its public header, and the functions behind it.
extension Artifact {
  /// The functions that the header declares.
  var publicSymbols: [String] {
    ["create", "destroy", "workspace", "context_create", "context_destroy", "run", "error", "info", "abi_version"]
      .map { "\(prefix)_\($0)" }
  }

  func headerSource() -> String {
    headerIntroduction + headerTypes + headerFunctions
  }

  private var headerIntroduction: String {
    """
    /* \(prefix), compiled by apus for \(card.target) in \(card.precision).

    \(shapes("input", program.inputs))\(shapes("output", program.outputs))
       Batches of \(program.batch.lowerBound) to \(program.batch.upperBound). Tensors are f32, row-major.

       \(prefix) *model;
       \(prefix)_context *context;
       if (\(prefix)_create(NULL, &model) || \(prefix)_context_create(model, 1, NULL, &context)) {
         fprintf(stderr, "%s\\n", \(prefix)_error(NULL));
         return 1;
       }
       if (\(prefix)_run(context, 1, inputs, outputs)) fprintf(stderr, "%s\\n", \(prefix)_error(context)); */
    #ifndef APUS_MODEL_\(prefix)_H
    #define APUS_MODEL_\(prefix)_H

    #include <stddef.h>
    #include <stdint.h>

    #ifdef __cplusplus
    extern "C" {
    #endif

    #ifdef __GNUC__
    #pragma GCC visibility push(default)
    #endif


    """
  }

  private func shapes(_ title: String, _ interfaces: [Program.Interface]) -> String {
    interfaces.enumerated().map { index, interface in
      "   \(title)s[\(index)]: \(interface.name.replacing("*/", with: "*")), \(interface.type)\n"
    }.joined()
  }

  private var weightsAdvice: String {
    embedsWeights || program.weightsByteCount == 0
      ? "Leave both null: the weights are in the binary." : "One of the two is needed."
  }

  private var headerTypes: String {
    """
    enum {
      \(prefix)_ABI_VERSION = \(APUS_ABI_VERSION),
      \(prefix)_INPUT_COUNT = \(program.inputs.count),
      \(prefix)_OUTPUT_COUNT = \(program.outputs.count),
      \(prefix)_SMALLEST_BATCH = \(program.batch.lowerBound),
      \(prefix)_LARGEST_BATCH = \(program.batch.upperBound)
    };

    /* What functions return. */
    enum \(prefix)_status {
      \(prefix)_OK = 0,
      \(prefix)_INVALID_ARGUMENT = 1,
      \(prefix)_OUT_OF_MEMORY = 2,
      \(prefix)_UNSUPPORTED_CPU = 3,
      \(prefix)_BAD_WEIGHTS = 4,
      \(prefix)_BAD_FILE = 5
    };

    /* The model: its weights, shared by all contexts. */
    typedef struct \(prefix) \(prefix);

    /* Runs the model, for one caller at a time; several contexts may run at once. */
    typedef struct \(prefix)_context \(prefix)_context;

    /* All zero but for abi_version, which must be \(prefix)_ABI_VERSION, is what a null pointer stands for. */
    typedef struct \(prefix)_options {
      uint32_t abi_version;
      /* Threads of each context, its caller among them; 0: as many as the process may keep busy. They are made by the
         context's first run. Results are the same bits for any number. With parallel_for: how many of its calls of body
         work at a time; more wait. */
      int32_t thread_count;
      /* The weights file that was written beside this binary, or its contents in memory, aligned to 64 bytes, which must
         outlive the model. \(weightsAdvice) */
      const char *weights_path;
      const void *weights;
      uint64_t weights_byte_count;
      /* Memory aligned to `alignment`, or null; both or neither. Null: the C library's. */
      void *(*allocate)(void *user, size_t byte_count, size_t alignment);
      void (*release)(void *user, void *memory);
      /* Calls body(argument, i) once for each i in 0..<count, in any order, on any threads, and returns when all calls
         have. Null: the contexts' own threads. */
      void (*parallel_for)(void *user, int64_t count, void (*body)(void *argument, int64_t index), void *argument);
      void *user;
    } \(prefix)_options;


    """
  }

  private var headerFunctions: String {
    """
    /* Checks the processor and the weights. `options` may be null. */
    int \(prefix)_create(const \(prefix)_options *options, \(prefix) **model);

    /* Contexts must be destroyed before. `model` may be null. */
    void \(prefix)_destroy(\(prefix) *model);

    /* Bytes of workspace for batches up to `n`; 0 if the model was not compiled for `n`. */
    size_t \(prefix)_workspace(const \(prefix) *model, int64_t n);

    /* A context for batches up to `n` (0: the largest). `workspace` may be null; if not, it is aligned to 64 bytes, has
       \(prefix)_workspace(model, n) bytes, and stays the context's until that is destroyed. Nothing is allocated after
       this call but the threads, which the first run makes. */
    int \(prefix)_context_create(const \(prefix) *model, int64_t n, void *workspace, \(prefix)_context **context);

    /* Ends the context's threads. `context` may be null. */
    void \(prefix)_context_destroy(\(prefix)_context *context);

    /* Runs `n` images: inputs[i] and outputs[i] point at the tensors listed above. */
    int \(prefix)_run(\(prefix)_context *context, int64_t n, const float *const inputs[], float *const outputs[]);

    /* Why the last call with `context` failed; null: why the last creation on this thread failed. */
    const char *\(prefix)_error(const \(prefix)_context *context);

    /* What the model is, as a JSON object. */
    const char *\(prefix)_info(void);

    /* The version that the binary has, to compare with \(prefix)_ABI_VERSION of the header. */
    uint32_t \(prefix)_abi_version(void);

    #ifdef __GNUC__
    #pragma GCC visibility pop
    #endif

    #ifdef __cplusplus
    }
    #endif

    #endif

    """
  }

  /// The functions, to stand after `tablesSource()`.
  func librarySource() -> String {
    """
    #include "apus_instance.h"
    #include "\(prefix).h"

    int \(prefix)_create(const \(prefix)_options *options, \(prefix) **result) {
      apus_instance_options all = {.abi_version = APUS_ABI_VERSION};
      if (options) {
        all = (apus_instance_options){
            .abi_version = options->abi_version,
            .thread_count = options->thread_count,
            .weights_path = options->weights_path,
            .weights = options->weights,
            .weights_byte_count = options->weights_byte_count,
            .hooks = {options->allocate, options->release, options->parallel_for, options->user},
        };
      }
      apus_instance *instance;
      int status = apus_instance_create(&model, \(weightsExpression), &all, &instance);
      *result = (\(prefix) *)instance;
      return status;
    }

    void \(prefix)_destroy(\(prefix) *model) { apus_instance_destroy((apus_instance *)model); }

    size_t \(prefix)_workspace(const \(prefix) *model, int64_t n) {
      return apus_instance_workspace((const apus_instance *)model, n);
    }

    int \(prefix)_context_create(const \(prefix) *model, int64_t n, void *workspace, \(prefix)_context **result) {
      apus_context *context;
      int status = apus_instance_context_create((const apus_instance *)model, n, workspace, &context);
      *result = (\(prefix)_context *)context;
      return status;
    }

    void \(prefix)_context_destroy(\(prefix)_context *context) { apus_context_destroy((apus_context *)context); }

    int \(prefix)_run(\(prefix)_context *context, int64_t n, const float *const inputs[], float *const outputs[]) {
      return apus_context_run((apus_context *)context, n, inputs, outputs);
    }

    const char *\(prefix)_error(const \(prefix)_context *context) {
      return apus_last_error((const apus_context *)context);
    }

    const char *\(prefix)_info(void) { return model.info; }

    uint32_t \(prefix)_abi_version(void) { return APUS_ABI_VERSION; }

    """
  }
}
