import CRuntime
import Lowering

/// The C interface of a network under training: its public header, and the functions behind it.
extension TrainingArtifact {
  /// The functions that the header declares.
  var publicSymbols: [String] {
    [
      "trainer_create", "trainer_destroy", "trainer_step", "trainer_evaluate", "trainer_save",
      "trainer_save_checkpoint", "trainer_load", "trainer_step_count", "trainer_error", "info", "abi_version",
    ].map { "\(prefix)_\($0)" }
  }

  func headerSource() -> String {
    headerIntroduction + headerTypes + headerFunctions
  }

  private var headerIntroduction: String {
    """
    /* The training of \(prefix), compiled by apus for \(card.target) in \(card.precision).

       \(prefix)_trainer *trainer;
       if (\(prefix)_trainer_create(NULL, &trainer)) {
         fprintf(stderr, "%s\\n", \(prefix)_trainer_error(NULL));
         return 1;
       }
       for (...) {
         if (\(prefix)_trainer_step(trainer, images, labels, 0.1f, &loss)) {
           fprintf(stderr, "%s\\n", \(prefix)_trainer_error(trainer));
           return 1;
         }
       }
       \(prefix)_trainer_save(trainer, "weights.safetensors"); */
    #ifndef APUS_TRAINING_\(prefix)_H
    #define APUS_TRAINING_\(prefix)_H

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

  private var headerTypes: String {
    let shape = programs.imageShape
    let extents = zip(["CHANNELS", "ROWS", "COLUMNS"], shape).map { "  \(prefix)_\($0) = \($1),\n" }.joined()
    return """
      enum {
        \(prefix)_ABI_VERSION = \(APUS_ABI_VERSION),
        /* The images of a step. */
        \(prefix)_BATCH = \(programs.batch),
      \(extents)  \(prefix)_IMAGE_ELEMENTS = \(shape.reduce(1, *)),
        \(prefix)_CLASS_COUNT = \(programs.classCount)
      };

      /* What functions return. */
      enum \(prefix)_status {
        \(prefix)_OK = 0,
        \(prefix)_INVALID_ARGUMENT = 1,
        \(prefix)_OUT_OF_MEMORY = 2,
        \(prefix)_UNSUPPORTED_CPU = 3,
        \(prefix)_BAD_FILE = 5,
        \(prefix)_NOT_FINITE = 6
      };

      /* The network under training: weights, running statistics, momentum, and memory for a step. Serves one caller at a
         time; several trainers are independent. */
      typedef struct \(prefix)_trainer \(prefix)_trainer;

      /* All zero but for abi_version, which must be \(prefix)_ABI_VERSION, is what a null pointer stands for. */
      typedef struct \(prefix)_options {
        uint32_t abi_version;
        /* Threads of a trainer, its caller among them; 0: as many as the process may keep busy. Results are the same bits
           for any number. */
        int32_t thread_count;
        /* Memory aligned to `alignment`, or null; both or neither. Null: the C library's. */
        void *(*allocate)(void *user, size_t byte_count, size_t alignment);
        void (*release)(void *user, void *memory);
        /* Calls body(argument, i) once for each i in 0..<count, in any order, on any threads, and returns when all calls
           have. Null: the trainer's own threads. */
        void (*parallel_for)(void *user, int64_t count, void (*body)(void *argument, int64_t index), void *argument);
        void *user;
      } \(prefix)_options;


      """
  }

  private var headerFunctions: String {
    """
    /* A trainer with the weights that are in this binary, its momentum zero. `options` may be null. All memory is
       allocated here; threads are made by the first step and the first evaluation. */
    int \(prefix)_trainer_create(const \(prefix)_options *options, \(prefix)_trainer **trainer);

    /* `trainer` may be null. */
    void \(prefix)_trainer_destroy(\(prefix)_trainer *trainer);

    /* One step: forward, loss, backward, update.
       images: \(prefix)_BATCH images, \(prefix)_IMAGE_ELEMENTS f32 each, row-major, preprocessed.
       labels: the class of each, 0 to \(prefix)_CLASS_COUNT - 1.
       *loss becomes the mean over the batch, before the update; `loss` may be null. Where it is not finite, the function
       returns \(prefix)_NOT_FINITE. After any failure weights, statistics and momentum are as they were. */
    int \(prefix)_trainer_step(\(prefix)_trainer *trainer, const float *images, const int32_t *labels,
                               float learning_rate, float *loss);

    /* The logits of `n` images, any number: \(prefix)_CLASS_COUNT for each, by running statistics. */
    int \(prefix)_trainer_evaluate(\(prefix)_trainer *trainer, int64_t n, const float *images, float *logits);

    /* Writes weights and running statistics to a safetensors file, under the network's names, for `apus` and others. The
       file at `path` is replaced once the new one is whole and on the disk. */
    int \(prefix)_trainer_save(\(prefix)_trainer *trainer, const char *path);

    /* The same with momentum and the number of steps: after loading it, training goes on as if it had not stopped. */
    int \(prefix)_trainer_save_checkpoint(\(prefix)_trainer *trainer, const char *path);

    /* Reads a file of either kind, or any safetensors file of the network's weights in f32. Momentum that it does not
       have becomes zero. After a failure all is as it was. */
    int \(prefix)_trainer_load(\(prefix)_trainer *trainer, const char *path);

    /* Steps taken, those before the checkpoint that was loaded among them. */
    int64_t \(prefix)_trainer_step_count(const \(prefix)_trainer *trainer);

    /* Why the last call with `trainer` failed; null: why the last creation on this thread failed. */
    const char *\(prefix)_trainer_error(const \(prefix)_trainer *trainer);

    /* What is trained, and the memory that it takes, as a JSON object. */
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
  func functionsSource() -> String {
    """
    #include "apus_instance.h"
    #include "\(prefix).h"

    int \(prefix)_trainer_create(const \(prefix)_options *options, \(prefix)_trainer **result) {
      apus_trainer_options all = {.abi_version = APUS_ABI_VERSION};
      if (options) {
        all = (apus_trainer_options){
            .abi_version = options->abi_version,
            .thread_count = options->thread_count,
            .hooks = {options->allocate, options->release, options->parallel_for, options->user},
        };
      }
      apus_trainer *trainer;
      int status = apus_trainer_create(&training, &all, &trainer);
      *result = (\(prefix)_trainer *)trainer;
      return status;
    }

    void \(prefix)_trainer_destroy(\(prefix)_trainer *trainer) { apus_trainer_destroy((apus_trainer *)trainer); }

    int \(prefix)_trainer_step(\(prefix)_trainer *trainer, const float *images, const int32_t *labels,
                               float learning_rate, float *loss) {
      return apus_trainer_step((apus_trainer *)trainer, images, labels, learning_rate, loss);
    }

    int \(prefix)_trainer_evaluate(\(prefix)_trainer *trainer, int64_t n, const float *images, float *logits) {
      return apus_trainer_evaluate((apus_trainer *)trainer, n, images, logits);
    }

    int \(prefix)_trainer_save(\(prefix)_trainer *trainer, const char *path) {
      return apus_trainer_save((apus_trainer *)trainer, path, 0);
    }

    int \(prefix)_trainer_save_checkpoint(\(prefix)_trainer *trainer, const char *path) {
      return apus_trainer_save((apus_trainer *)trainer, path, 1);
    }

    int \(prefix)_trainer_load(\(prefix)_trainer *trainer, const char *path) {
      return apus_trainer_load((apus_trainer *)trainer, path);
    }

    int64_t \(prefix)_trainer_step_count(const \(prefix)_trainer *trainer) {
      return apus_trainer_step_count((const apus_trainer *)trainer);
    }

    const char *\(prefix)_trainer_error(const \(prefix)_trainer *trainer) {
      return apus_trainer_error((const apus_trainer *)trainer);
    }

    const char *\(prefix)_info(void) { return step.info; }

    uint32_t \(prefix)_abi_version(void) { return APUS_ABI_VERSION; }

    """
  }
}
