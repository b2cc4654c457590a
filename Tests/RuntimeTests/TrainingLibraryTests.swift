import CodeGen
import Foundation
import Testing

/// What a C program may rely on that trains a network.
@Suite struct TrainingLibraryTests {
  private static let labels = "static const int32_t labels[] = {0, 1, 2, 0};\n"

  private func run(
    _ main: String, _ library: HandWrittenArtifact.Written? = nil, arguments: [String] = []
  ) throws -> CommandResult {
    let library = try library ?? HandWrittenTraining.written(as: .object)
    return try HostProgram(main: Self.labels + main).run(with: [library], arguments: arguments)
  }

  /// The losses of `count` steps and then the logits of ten images, as a program prints them.
  private func expectedOutput(count: Int) -> String {
    var reference = HandWrittenTraining.Reference()
    let losses = (0..<count).map { _ in reference.step(learningRate: 0.0625) }
    let logits = (0..<10).flatMap(reference.logits)
    return (losses + logits).map { String(format: "%.9g\n", $0) }.joined()
  }

  private func expectSuccess(_ result: CommandResult, output: String = "") {
    #expect(result.errors.isEmpty, "\(result.errors)")
    #expect(result.status == 0)
    #expect(result.output == output)
  }

  @Test(arguments: [Artifact.Form.sharedLibrary, .staticLibrary, .object])
  func everyFormTrains(form: Artifact.Form) throws {
    let library = try HandWrittenTraining.written(as: form)
    let main = """
      static void train(int threads, FILE *results) {
        linear_options options = {.abi_version = linear_ABI_VERSION, .thread_count = threads};
        linear_trainer *trainer;
        EXPECT(linear_trainer_create(&options, &trainer) == linear_OK);
        for (int i = 0; i < 20; ++i) {
          float loss;
          EXPECT(linear_trainer_step(trainer, input, labels, 0.0625f, &loss) == linear_OK);
          fprintf(results, "%.9g\\n", loss);
        }
        EXPECT(linear_trainer_evaluate(trainer, 10, input, output) == linear_OK);
        for (int i = 0; i < 30; ++i) fprintf(results, "%.9g\\n", output[i]);
        EXPECT(linear_trainer_evaluate(trainer, 0, NULL, NULL) == linear_OK);
        EXPECT(linear_trainer_step_count(trainer) == 20);
        linear_trainer_destroy(trainer);
      }
      int main(void) {
        EXPECT(linear_BATCH == 4 && linear_CHANNELS == 1 && linear_ROWS == 2 && linear_COLUMNS == 2);
        EXPECT(linear_IMAGE_ELEMENTS == 4 && linear_CLASS_COUNT == 3);
        EXPECT(linear_abi_version() == linear_ABI_VERSION);
        EXPECT(strstr(linear_info(), "\\"parameters\\":15") && strstr(linear_info(), "\\"state_bytes\\":448"));
        train(1, stdout);
        static char first[4096], others[4096];
        for (int threads = 1; threads < 4; ++threads) {
          FILE *file = fmemopen(threads == 1 ? first : others, 4096, "w");
          train(threads, file);
          fclose(file);
          if (threads > 1) EXPECT(strcmp(first, others) == 0);
        }
        return 0;
      }
      """
    expectSuccess(try run(main, library), output: expectedOutput(count: 20))
    try expectSymbols(
      of: library.files, form: form, prefix: "linear",
      functions: [
        "trainer_create", "trainer_destroy", "trainer_step", "trainer_evaluate", "trainer_save",
        "trainer_save_checkpoint", "trainer_load", "trainer_step_count", "trainer_error", "info", "abi_version",
      ])
    let header = try #require(library.files.header)
    let directory = try TemporaryDirectory()
    try directory.write("#include \"\(header)\"\n", to: "host.cc")
    let result = try CommandResult(
      "clang++", ["-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "host.cc"], in: directory.url)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
  }

  @Test func anExecutableIsRefused() {
    #expect(throws: ArtifactError.self) { try HandWrittenTraining.written(as: .executable) }
  }

  /// Each piece of work is done by a trainer of its own.
  @Test func trainingGoesOnFromACheckpoint() throws {
    let main = """
      int main(void) {
        linear_trainer *trainer;
        float loss;
        EXPECT(!linear_trainer_create(NULL, &trainer));
        for (int i = 0; i < 20; ++i) {
          EXPECT(!linear_trainer_step(trainer, input, labels, 0.0625f, &loss));
          printf("%.9g\\n", loss);
          EXPECT(!linear_trainer_save_checkpoint(trainer, "a.checkpoint"));
          linear_trainer_destroy(trainer);
          EXPECT(!linear_trainer_create(NULL, &trainer));
          EXPECT(!linear_trainer_load(trainer, "a.checkpoint"));
          EXPECT(linear_trainer_step_count(trainer) == i + 1);
        }
        EXPECT(!linear_trainer_save(trainer, "weights.safetensors"));
        EXPECT(!linear_trainer_step(trainer, input, labels, 0.0625f, NULL));
        EXPECT(!linear_trainer_load(trainer, "weights.safetensors"));
        EXPECT(linear_trainer_step_count(trainer) == 0);
        EXPECT(!linear_trainer_evaluate(trainer, 10, input, output));
        for (int i = 0; i < 30; ++i) printf("%.9g\\n", output[i]);
        linear_trainer_destroy(trainer);
        linear_trainer_destroy(NULL);
        return 0;
      }
      """
    expectSuccess(try run(main), output: expectedOutput(count: 20))
  }

  @Test func failuresChangeNothing() throws {
    let main = """
      #include <math.h>
      static float far[16];
      static linear_trainer *trainer;
      static void expect_failure(int status, int expected, const char *message) {
        EXPECT(status == expected);
        if (!strstr(linear_trainer_error(trainer), message)) fprintf(stderr, "%s\\n", linear_trainer_error(trainer));
        EXPECT(strstr(linear_trainer_error(trainer), message));
      }
      static int step(const float *images, const int32_t *classes, float rate, float *loss) {
        return linear_trainer_step(trainer, images, classes, rate, loss);
      }
      int main(void) {
        linear_options options = {.abi_version = 99};
        expect_failure(linear_trainer_create(&options, &trainer), linear_INVALID_ARGUMENT, "ABI version 99");
        EXPECT(trainer == NULL);
        options = (linear_options){.abi_version = linear_ABI_VERSION, .thread_count = -1};
        expect_failure(linear_trainer_create(&options, &trainer), linear_INVALID_ARGUMENT, "-1 threads");
        EXPECT(trainer == NULL);
        EXPECT(!linear_trainer_create(NULL, &trainer));
        float loss, rate = 0.0625f;
        for (int i = 0; i < 10; ++i) {
          EXPECT(!step(input, labels, rate, &loss));
          printf("%.9g\\n", loss);
        }
        const int32_t too_many[] = {0, 1, 2, 3}, negative[] = {-1, 0, 0, 0};
        for (int i = 0; i < 16; ++i) far[i] = 1e30f;
        expect_failure(step(input, too_many, rate, NULL), linear_INVALID_ARGUMENT,
                       "the label of image 3 is 3; linear has the classes 0 to 2");
        expect_failure(step(input, negative, rate, NULL), linear_INVALID_ARGUMENT, "the label of image 0 is -1");
        expect_failure(step(NULL, labels, rate, NULL), linear_INVALID_ARGUMENT, "null pointers");
        expect_failure(step(input, NULL, rate, NULL), linear_INVALID_ARGUMENT, "null pointers");
        expect_failure(step(input, labels, NAN, NULL), linear_INVALID_ARGUMENT, "the learning rate is nan");
        expect_failure(step(far, labels, rate, &loss), linear_NOT_FINITE, "the loss of step 10 is inf");
        EXPECT(isinf(loss));
        expect_failure(linear_trainer_evaluate(trainer, -1, input, output), linear_INVALID_ARGUMENT, "number is -1");
        expect_failure(linear_trainer_evaluate(trainer, 1, input, NULL), linear_INVALID_ARGUMENT, "null pointer");
        expect_failure(linear_trainer_save(trainer, "none/a"), linear_BAD_FILE, "none/a cannot be written");
        expect_failure(linear_trainer_save(trainer, NULL), linear_INVALID_ARGUMENT, "null pointer");
        expect_failure(linear_trainer_load(trainer, "none"), linear_BAD_FILE, "none: No such file");
        expect_failure(linear_trainer_load(trainer, NULL), linear_INVALID_ARGUMENT, "null pointer");
        EXPECT(linear_trainer_step_count(trainer) == 10);
        for (int i = 0; i < 10; ++i) {
          EXPECT(!step(input, labels, rate, &loss));
          printf("%.9g\\n", loss);
        }
        EXPECT(!linear_trainer_evaluate(trainer, 10, input, output));
        for (int i = 0; i < 30; ++i) printf("%.9g\\n", output[i]);
        return 0;
      }
      """
    expectSuccess(try run(main), output: expectedOutput(count: 20))
  }

  @Test func nothingIsAllocatedAfterTheFirstStep() throws {
    let main = """
      static int live;
      static void *allocate(void *user, size_t size, size_t alignment) {
        EXPECT(user == &live && alignment == 64);
        ++live;
        return __libc_memalign(alignment, size);
      }
      static void release(void *user, void *memory) {
        EXPECT(user == &live && memory != NULL);
        --live;
      }
      static void serially(void *user, int64_t count, void (*body)(void *, int64_t), void *argument) {
        EXPECT(user == &live);
        while (count > 0) body(argument, --count);
      }
      int main(void) {
        linear_options options = {.abi_version = linear_ABI_VERSION, .thread_count = 2};
        linear_trainer *trainer;
        EXPECT(!linear_trainer_create(&options, &trainer));
        EXPECT(!linear_trainer_step(trainer, input, labels, 0.0625f, NULL));
        EXPECT(!linear_trainer_evaluate(trainer, 1, input, output));
        long count = allocation_count;
        for (int i = 0; i < 100; ++i) EXPECT(!linear_trainer_step(trainer, input, labels, 0.0625f, NULL));
        EXPECT(!linear_trainer_evaluate(trainer, 10, input, output));
        EXPECT(count > 0 && allocation_count == count);
        linear_trainer_destroy(trainer);

        options.allocate = allocate;
        options.release = release;
        options.parallel_for = serially;
        options.user = &live;
        EXPECT(!linear_trainer_create(&options, &trainer));
        EXPECT(!linear_trainer_step(trainer, input, labels, 0.0625f, NULL));
        EXPECT(!linear_trainer_save_checkpoint(trainer, "a") && !linear_trainer_load(trainer, "a"));
        EXPECT(live > 0);
        linear_trainer_destroy(trainer);
        EXPECT(live == 0 && allocation_count == count);
        return 0;
      }
      """
    expectSuccess(try run(HostProgram.countingAllocator + main))
  }
}
