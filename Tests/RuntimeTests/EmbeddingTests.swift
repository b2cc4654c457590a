import CodeGen
import Foundation
import Testing

/// What a host program may rely on: memory, threads, processes.
@Suite struct EmbeddingTests {
  private func run(
    _ main: String, _ artifact: HandWrittenArtifact = HandWrittenArtifact()
  ) throws -> CommandResult {
    let library = try artifact.written(as: .object)
    return try HostProgram(main: main).run(with: [library], arguments: library.files.weights.map { [$0] } ?? [])
  }

  private func expectSuccess(_ result: CommandResult, output: String = "") {
    #expect(result.errors.isEmpty)
    #expect(result.status == 0)
    #expect(result.output == output)
  }

  // MARK: Memory

  @Test func nothingIsAllocatedAfterTheFirstRun() throws {
    let result = try run(
      HostProgram.countingAllocator + """
        int main(void) {
          hand_written_options options = {.abi_version = hand_written_ABI_VERSION, .thread_count = 3};
          hand_written *model;
          hand_written_context *context;
          EXPECT(!hand_written_create(&options, &model));
          EXPECT(!hand_written_context_create(model, 16, NULL, &context));
          EXPECT(allocation_count >= 3);
          EXPECT(!hand_written_run(context, 1, inputs, outputs));
          long count = allocation_count;
          for (int i = 0; i < 100; ++i) EXPECT(!hand_written_run(context, 1 + i % 16, inputs, outputs));
          EXPECT(allocation_count == count);
          hand_written_context_destroy(context);
          hand_written_destroy(model);
          return 0;
        }
        """)
    expectSuccess(result)
  }

  @Test func theCallerMayOwnAllMemory() throws {
    let result = try run(
      HostProgram.countingAllocator + """
        static int live;
        static void *allocate(void *user, size_t size, size_t alignment) {
          EXPECT(user == &live && alignment == 64 && size > 0);
          ++live;
          return __libc_memalign(alignment, size);
        }
        static void release(void *user, void *memory) {
          EXPECT(user == &live && memory != NULL);
          --live;
        }
        _Alignas(64) static char workspace[1 << 16];
        int main(void) {
          hand_written_options options = {.abi_version = hand_written_ABI_VERSION, .thread_count = 1};
          options.allocate = allocate;
          options.release = release;
          options.user = &live;
          hand_written *model;
          hand_written_context *context, *small;
          long count = allocation_count;
          EXPECT(!hand_written_create(&options, &model));
          EXPECT(hand_written_workspace(model, 16) <= sizeof workspace);
          EXPECT(hand_written_workspace(model, 2) < hand_written_workspace(model, 16));
          EXPECT(!hand_written_context_create(model, 16, workspace, &context));
          EXPECT(live == 2);
          EXPECT(!hand_written_context_create(model, 2, NULL, &small));
          EXPECT(live == 4);
          EXPECT(!hand_written_run(context, 16, inputs, outputs));
          EXPECT(hand_written_run(small, 3, inputs, outputs) == hand_written_INVALID_ARGUMENT);
          EXPECT(hand_written_context_create(model, 2, workspace + 1, &small) == hand_written_INVALID_ARGUMENT);
          EXPECT(allocation_count == count);
          int used = 0;
          for (size_t i = 0; i < sizeof workspace; ++i) used += workspace[i] != 0;
          EXPECT(used > 0);
          print_output(16);
          options.release = NULL;
          EXPECT(hand_written_create(&options, &model) == hand_written_INVALID_ARGUMENT);
          return 0;
        }
        """)
    expectSuccess(result, output: HostProgram.expectedOutput(n: 16))
  }

  // MARK: Threads

  /// Even in the reverse order, on one thread.
  @Test func theCallerMayRunTheChunks() throws {
    let result = try run(
      """
      static int call_count;
      static void backwards(void *user, int64_t count, void (*body)(void *, int64_t), void *argument) {
        EXPECT(user == NULL);
        ++call_count;
        while (count > 0) body(argument, --count);
      }
      int main(void) {
        hand_written_options options = {.abi_version = hand_written_ABI_VERSION, .parallel_for = backwards};
        hand_written *model;
        hand_written_context *context;
        EXPECT(!hand_written_create(&options, &model));
        EXPECT(!hand_written_context_create(model, 16, NULL, &context));
        EXPECT(!hand_written_run(context, 5, inputs, outputs));
        EXPECT(call_count == 4);
        print_output(5);
        hand_written_context_destroy(context);
        hand_written_destroy(model);
        return 0;
      }
      """)
    expectSuccess(result, output: HostProgram.expectedOutput(n: 5))
  }

  /// Calls of the caller's threads have scratch memory of their own, though more of them run than the context has
  /// threads, and the caller owns the workspace.
  @Test func theCallersThreadsDoNotShareScratchMemory() throws {
    let result = try run(
      """
      #include <pthread.h>
      #include <stdatomic.h>
      typedef struct job {
        void (*body)(void *, int64_t);
        void *argument;
        int64_t count;
        _Atomic int64_t next;
      } job;
      static void *work(void *argument) {
        job *job = argument;
        int64_t index;
        while ((index = atomic_fetch_add(&job->next, 1)) < job->count) job->body(job->argument, index);
        return NULL;
      }
      static void on_four_threads(void *user, int64_t count, void (*body)(void *, int64_t), void *argument) {
        (void)user;
        job job = {body, argument, count, 0};
        pthread_t threads[4];
        for (int i = 0; i < 4; ++i) EXPECT(!pthread_create(&threads[i], NULL, work, &job));
        for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
      }
      _Alignas(64) static char workspace[1 << 16];
      int main(void) {
        hand_written_options options = {
            .abi_version = hand_written_ABI_VERSION, .thread_count = 2, .parallel_for = on_four_threads};
        hand_written *model, *wide;
        hand_written_context *context;
        EXPECT(!hand_written_create(&options, &model));
        options.thread_count = 4;
        EXPECT(!hand_written_create(&options, &wide));
        size_t byte_count = hand_written_workspace(model, 16);
        EXPECT(byte_count < hand_written_workspace(wide, 16) && byte_count < sizeof workspace);
        EXPECT(!hand_written_context_create(model, 16, workspace, &context));
        for (int i = 0; i < 50; ++i) EXPECT(!hand_written_run(context, 16, inputs, outputs));
        for (size_t i = byte_count; i < sizeof workspace; ++i) EXPECT(workspace[i] == 0);
        print_output(16);
        hand_written_context_destroy(context);
        hand_written_destroy(wide);
        hand_written_destroy(model);
        return 0;
      }
      """)
    expectSuccess(result, output: HostProgram.expectedOutput(n: 16))
  }

  @Test func threadsAreMadeByTheFirstRunAndEndWithTheContext() throws {
    let result = try run(
      """
      #include <dirent.h>
      static int thread_count(void) {
        int count = 0;
        DIR *directory = opendir("/proc/self/task");
        for (struct dirent *entry; (entry = readdir(directory));) count += entry->d_name[0] != '.';
        closedir(directory);
        return count;
      }
      static void use(int threads, int expected) {
        hand_written_options options = {.abi_version = hand_written_ABI_VERSION, .thread_count = threads};
        hand_written *model;
        hand_written_context *context;
        EXPECT(!hand_written_create(&options, &model));
        EXPECT(!hand_written_context_create(model, 16, NULL, &context));
        EXPECT(thread_count() == 1);
        EXPECT(!hand_written_run(context, 16, inputs, outputs));
        EXPECT(thread_count() == expected);
        hand_written_context_destroy(context);
        /* A thread that was joined may be listed a moment longer. */
        for (int i = 0; i < 1000 && thread_count() > 1; ++i) usleep(1000);
        EXPECT(thread_count() == 1);
        hand_written_destroy(model);
      }
      int main(void) {
        use(1, 1);
        use(4, 4);
        return 0;
      }
      """)
    expectSuccess(result)
  }

  @Test func aForkedChildMakesItsOwnThreads() throws {
    let result = try run(
      """
      int main(void) {
        hand_written_options options = {.abi_version = hand_written_ABI_VERSION, .thread_count = 3};
        hand_written *model;
        hand_written_context *context;
        EXPECT(!hand_written_create(&options, &model));
        EXPECT(!hand_written_context_create(model, 16, NULL, &context));
        EXPECT(!hand_written_run(context, 7, inputs, outputs));
        for (int child = 0; child < 2; ++child) {
          pid_t process = fork();
          if (process == 0) {
            /* The second child ends the context without having run. */
            for (int i = 0; i < (child == 0 ? 50 : 0); ++i) {
              memset(output, 0, sizeof output);
              EXPECT(!hand_written_run(context, 7, inputs, outputs));
            }
            hand_written_context_destroy(context);
            print_output(child == 0 ? 7 : 0);
            fflush(stdout);
            _exit(0);
          }
          int status;
          EXPECT(waitpid(process, &status, 0) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0);
          EXPECT(!hand_written_run(context, 7, inputs, outputs));
        }
        hand_written_context_destroy(context);
        hand_written_destroy(model);
        return 0;
      }
      """)
    expectSuccess(result, output: HostProgram.expectedOutput(n: 7))
  }

  @Test func contextsOfOneModelRunAtOnce() throws {
    let result = try run(
      """
      #include <pthread.h>
      static hand_written *model;
      static void *serve(void *expected) {
        float own[16 * 8];
        float *const own_outputs[] = {own};
        hand_written_context *context;
        EXPECT(!hand_written_context_create(model, 16, NULL, &context));
        for (int i = 0; i < 100; ++i) {
          EXPECT(!hand_written_run(context, 16, inputs, own_outputs));
          EXPECT(memcmp(own, expected, sizeof own) == 0);
        }
        hand_written_context_destroy(context);
        return NULL;
      }
      int main(void) {
        hand_written_options options = {.abi_version = hand_written_ABI_VERSION, .thread_count = 2};
        hand_written_context *context;
        EXPECT(!hand_written_create(&options, &model));
        EXPECT(!hand_written_context_create(model, 16, NULL, &context));
        EXPECT(!hand_written_run(context, 16, inputs, outputs));
        pthread_t threads[3];
        for (int i = 0; i < 3; ++i) EXPECT(pthread_create(&threads[i], NULL, serve, output) == 0);
        for (int i = 0; i < 3; ++i) EXPECT(pthread_join(threads[i], NULL) == 0);
        hand_written_context_destroy(context);
        hand_written_destroy(model);
        return 0;
      }
      """)
    expectSuccess(result)
  }

  // MARK: Weights and processors

  @Test func weightsComeFromAFileOrFromMemory() throws {
    let result = try run(
      """
      int main(int argc, char **argv) {
        EXPECT(argc == 2);
        hand_written *model;
        hand_written_context *context;
        EXPECT(hand_written_create(NULL, &model) == hand_written_INVALID_ARGUMENT);
        EXPECT(strstr(hand_written_error(NULL), "give the weights file's path or contents") != NULL);
        hand_written_options options = {.abi_version = hand_written_ABI_VERSION, .weights_path = argv[1]};
        EXPECT(!hand_written_create(&options, &model));
        EXPECT(!hand_written_context_create(model, 16, NULL, &context));
        EXPECT(!hand_written_run(context, 1, inputs, outputs));
        print_output(1);
        hand_written_context_destroy(context);
        hand_written_destroy(model);

        static _Alignas(64) char contents[4096];
        FILE *file = fopen(argv[1], "rb");
        options.weights_path = NULL;
        options.weights = contents;
        options.weights_byte_count = fread(contents, 1, sizeof contents, file);
        fclose(file);
        EXPECT(!hand_written_create(&options, &model));
        EXPECT(!hand_written_context_create(model, 16, NULL, &context));
        EXPECT(!hand_written_run(context, 1, inputs, outputs));
        print_output(1);
        hand_written_context_destroy(context);
        hand_written_destroy(model);
        contents[options.weights_byte_count - 1] ^= 1;
        EXPECT(hand_written_create(&options, &model) == hand_written_BAD_WEIGHTS && model == NULL);
        return 0;
      }
      """, HandWrittenArtifact(weightsPlacement: .beside))
    expectSuccess(result, output: HostProgram.expectedOutput(n: 1) + HostProgram.expectedOutput(n: 1))
  }

  @Test func aProcessorThatLacksAFeatureIsRefused() throws {
    let result = try run(
      """
      int main(void) {
        hand_written *model;
        EXPECT(hand_written_create(NULL, &model) == hand_written_UNSUPPORTED_CPU);
        printf("%s\\n", hand_written_error(NULL));
        return 0;
      }
      """, HandWrittenArtifact(cpuFeatures: ["sse3", "avx9000"]))
    expectSuccess(
      result,
      output: "hand_written was compiled for a processor with avx9000, which this one lacks; compile it on this "
        + "machine, or with --target x86-64-v3 or x86-64-v2\n")
  }
}
