import CodeGen
import Foundation

/// C programs that embed libraries of `HandWrittenModel`, as users would write them.
struct HostProgram {
  /// C, after the functions of `preamble`.
  var main: String

  /// Compiles the program against the libraries' headers, links it with them, and runs it.
  func run(with libraries: [HandWrittenArtifact.Written], arguments: [String] = []) throws -> CommandResult {
    let directory = try TemporaryDirectory()
    let includes = libraries.compactMap(\.files.header).map { "#include \"\($0)\"\n" }.joined()
    try directory.write(includes + Self.preamble + main, to: "host.c")
    let compiled = try CommandResult(
      "clang",
      ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "host.c", "-o", "host", "-pthread"]
        + libraries.map(\.files.binary) + libraries.map { "-Wl,-rpath,\($0.directory.url.path)" }, in: directory.url)
    if compiled.status != 0 { throw CompilationFailure(messages: compiled.errors) }
    return try CommandResult(directory.path("host"), arguments, in: directory.url)
  }

  /// What the printed outputs of a batch of `n` are.
  static func expectedOutput(additions: Int = 3, n: Int) -> String {
    HandWrittenModel.expectation(additions: additions, input: HandWrittenModel.input(batch: n))
      .map { "\(String(format: "%.9g", $0))\n" }.joined()
  }

  /// `input` and `output` for a batch of up to 16, and `print_output`.
  static let preamble = """
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/wait.h>
    #include <unistd.h>

    static float input[16 * 8], output[16 * 8];
    __attribute__((unused)) static const float *const inputs[] = {input};
    __attribute__((unused)) static float *const outputs[] = {output};

    __attribute__((constructor)) static void fill(void) {
      for (int i = 0; i < 16 * 8; ++i) input[i] = (float)(i % 13) * 0.37f - 2;
    }

    __attribute__((unused)) static void print_output(int n) {
      for (int i = 0; i < n * 8; ++i) printf("%.9g\\n", output[i]);
    }

    __attribute__((unused)) static void expect(int holds, const char *what) {
      if (holds) return;
      fprintf(stderr, "not so: %s\\n", what);
      exit(1);
    }
    #define EXPECT(condition) expect((condition) != 0, #condition)


    """

  /// The C library's allocation functions, counting their calls.
  static let countingAllocator = """
    #include <errno.h>
    #include <stdatomic.h>
    static _Atomic long allocation_count;
    void *__libc_malloc(size_t);
    void *__libc_calloc(size_t, size_t);
    void *__libc_realloc(void *, size_t);
    void *__libc_memalign(size_t, size_t);
    void *malloc(size_t size) { ++allocation_count; return __libc_malloc(size); }
    void *calloc(size_t count, size_t size) { ++allocation_count; return __libc_calloc(count, size); }
    void *realloc(void *old, size_t size) { ++allocation_count; return __libc_realloc(old, size); }
    void *aligned_alloc(size_t alignment, size_t size) { ++allocation_count; return __libc_memalign(alignment, size); }


    """
}
