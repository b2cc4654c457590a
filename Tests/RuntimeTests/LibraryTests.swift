import CodeGen
import Foundation
import Testing

@Suite struct LibraryTests {
  private static let runOnce = """
    int main(void) {
      hand_written *model;
      hand_written_context *context;
      EXPECT(hand_written_create(NULL, &model) == hand_written_OK);
      EXPECT(hand_written_context_create(model, 0, NULL, &context) == hand_written_OK);
      EXPECT(hand_written_run(context, 3, inputs, outputs) == hand_written_OK);
      print_output(3);
      EXPECT(strstr(hand_written_info(), "\\"network\\":\\"hand_written\\"") != NULL);
      EXPECT(hand_written_abi_version() == hand_written_ABI_VERSION);
      EXPECT(hand_written_run(context, 17, inputs, outputs) == hand_written_INVALID_ARGUMENT);
      EXPECT(strcmp(hand_written_error(context), "the batch is 17; this context of hand_written runs 1 to 16") == 0);
      EXPECT(hand_written_run(context, 1, inputs, NULL) == hand_written_INVALID_ARGUMENT);
      EXPECT(hand_written_workspace(model, 17) == 0);
      hand_written_context_destroy(context);
      EXPECT(hand_written_context_create(model, 99, NULL, &context) == hand_written_INVALID_ARGUMENT);
      EXPECT(context == NULL && strlen(hand_written_error(NULL)) > 0);
      hand_written_destroy(model);
      hand_written_options options = {.abi_version = 99};
      EXPECT(hand_written_create(&options, &model) == hand_written_INVALID_ARGUMENT && model == NULL);
      return 0;
    }
    """

  @Test(arguments: [Artifact.Form.sharedLibrary, .staticLibrary, .object])
  func everyFormIsEmbedded(form: Artifact.Form) throws {
    let library = try HandWrittenArtifact().written(as: form)
    let binary = try #require(library.files.binary.split(separator: "/").last.map(String.init))
    #expect(try library.directory.names == [binary, "hand_written.h"].sorted())
    #expect(library.files.header == library.directory.path("hand_written.h"))
    let result = try HostProgram(main: Self.runOnce).run(with: [library])
    #expect(result.errors.isEmpty)
    #expect(result.status == 0)
    #expect(result.output == HostProgram.expectedOutput(n: 3))
  }

  @Test func headersAreAlsoCPlusPlus() throws {
    let directory = try TemporaryDirectory()
    let header = try #require(try HandWrittenArtifact().written(as: .object).files.header)
    try directory.write("#include \"\(header)\"\n", to: "host.cc")
    let result = try CommandResult(
      "clang++", ["-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "host.cc"], in: directory.url)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
  }

  // MARK: Symbols

  @Test(arguments: [Artifact.Form.sharedLibrary, .staticLibrary, .object])
  func librariesStandOnTheCLibraryAlone(form: Artifact.Form) throws {
    try expectSymbols(
      of: try HandWrittenArtifact().written(as: form).files, form: form, prefix: "hand_written",
      functions: [
        "create", "destroy", "workspace", "context_create", "context_destroy", "run", "error", "info", "abi_version",
      ])
  }

  @Test func anExecutableNeedsTheCLibraryAndItsMathematics() throws {
    let files = try HandWrittenArtifact(batches: 2...4).written(as: .executable).files
    let result = try CommandResult("readelf", ["-d", files.binary])
    let needed = result.output.split(separator: "\n").filter { $0.contains("(NEEDED)") }
      .compactMap { $0.split(separator: "[").last?.dropLast() }
    #expect(Set(needed).isSubset(of: ["libc.so.6", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2"]))
    let size = try #require(try FileManager.default.attributesOfItem(atPath: files.binary)[.size] as? Int)
    #expect(size < 800_000)
  }

  // MARK: Several models

  @Test(arguments: [Artifact.Form.sharedLibrary, .object])
  func severalModelsLiveInOneProcess(form: Artifact.Form) throws {
    let first = try HandWrittenArtifact(name: "first", additions: 3).written(as: form)
    let second = try HandWrittenArtifact(name: "second", additions: 5).written(as: form)
    let main = """
      int main(void) {
        first *a;
        second *b;
        first_context *in_a;
        second_context *in_b;
        EXPECT(!first_create(NULL, &a));
        EXPECT(!first_context_create(a, 0, NULL, &in_a));
        EXPECT(!second_create(NULL, &b));
        EXPECT(!second_context_create(b, 0, NULL, &in_b));
        for (int n = 1; n <= 2; ++n) {
          EXPECT(!first_run(in_a, n, inputs, outputs));
          print_output(n);
          EXPECT(!second_run(in_b, n, inputs, outputs));
          print_output(n);
        }
        first_context_destroy(in_a);
        second_context_destroy(in_b);
        first_destroy(a);
        second_destroy(b);
        return 0;
      }
      """
    let result = try HostProgram(main: main).run(with: [first, second])
    #expect(result.errors.isEmpty)
    let expected = [1, 2].map { n in
      HostProgram.expectedOutput(additions: 3, n: n) + HostProgram.expectedOutput(additions: 5, n: n)
    }
    #expect(result.output == expected.joined())
  }

  // MARK: Failures

  @Test func nothingIsLeftWhereLinkingFails() throws {
    let directory = try TemporaryDirectory()
    let broken = Artifact(
      program: HandWrittenModel.program(additions: 1), card: HandWrittenArtifact().card, cpuFeatures: [],
      kernelObjects: [],
      weights: HandWrittenModel.weights())
    try directory.write("old", to: "model")
    let failure = #expect(throws: ArtifactError.self) {
      try broken.write(.executable, to: directory.path("model"), toolchain: Toolchain())
    }
    #expect(failure?.description.contains("undefined symbol: apus_kernel_0") == true)
    #expect(try directory.names == ["model"])
    #expect(try String(contentsOf: directory.url.appending(path: "model"), encoding: .utf8) == "old")
  }

  @Test func aMissingDirectoryIsNamed() throws {
    let failure = #expect(throws: ArtifactError.self) {
      try HandWrittenArtifact().write(.executable, to: "/none/model")
    }
    #expect(failure?.description == "/none/model cannot be written: No such file or directory")
  }

  @Test func anotherArchitectureGetsObjectsAndStaticLibraries() throws {
    let directory = try TemporaryDirectory()
    var artifact = HandWrittenArtifact()
    artifact.card = ModelCard(target: "other", triple: "riscv64-unknown-linux-gnu")
    let program = #expect(throws: ArtifactError.self) {
      try artifact.write(.executable, to: directory.path("model"))
    }
    #expect(program?.description.hasPrefix("programs and shared libraries for other cannot be linked") == true)
    let object = #expect(throws: ArtifactError.self) { try artifact.write(.object, to: directory.path("model.o")) }
    #expect(object?.description.contains("needs the C library's headers in /usr/riscv64-linux-gnu/include") == true)
  }

  @Test func aMissingCompilerIsNamed() {
    let failure = #expect(throws: ArtifactError.self) { try Toolchain(environment: ["PATH": "/none"]) }
    #expect(failure?.description.contains("no clang was found") == true)
  }

  @Test(arguments: [
    ("ResNet50", "ResNet50"), ("res-net.50", "res_net_50"), ("50net", "model_50net"), ("float", "model_float"),
    ("", "model_"), ("Größe", "Gr__e"), ("_x", "model__x"),
  ])
  func namesAreLegalInC(name: String, identifier: String) {
    #expect(cIdentifier(name) == identifier)
  }
}
