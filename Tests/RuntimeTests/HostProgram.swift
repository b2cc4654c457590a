import CodeGen
import Foundation

/// C programs that embed libraries of `HandWrittenModel`, as users would write them.
struct HostProgram {
  /// C, after the functions of `preamble`.
  var main: String
  /// The headers that it includes, without extension.
  var models = ["hand_written"]
  var usesPreamble = true

  /// Compiles the program in a directory that holds the headers, links it with `libraries`, and runs it.
  func run(in directory: TemporaryDirectory, libraries: [String], arguments: [String] = []) throws -> CommandResult {
    let includes = models.map { "#include \"\($0).h\"\n" }.joined()
    try directory.write(includes + (usesPreamble ? Self.preamble : "") + main, to: "host.c")
    let compiled = try CommandResult(
      "clang",
      ["-std=c11", "-Wall", "-Wextra", "-Werror", "host.c", "-o", "host"] + libraries
        + ["-pthread", "-Wl,-rpath,$ORIGIN"], in: directory.url)
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
    #define _GNU_SOURCE
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/wait.h>
    #include <unistd.h>

    static float input[16 * 8], output[16 * 8];
    static const float *const inputs[] = {input};
    static float *const outputs[] = {output};

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
}
