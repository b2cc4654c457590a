import CodeGen
import Foundation
import Testing

@Suite struct SourceTests {
  private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/Runtime").standardizedFileURL

  /// Artifacts are compiled from these; a file that is missing would be missed only then.
  @Test func everyFileOfTheRuntimeIsEmbedded() throws {
    let notEmbedded: Set = ["sources.c", "apus_sources.h", "apus_runtime.h", "gzip.c", "apus_gzip.h"]
    let files = ["", "include/"].flatMap { folder in
      (try? FileManager.default.contentsOfDirectory(atPath: Self.directory.appending(path: folder).path))?
        .filter { ($0.hasSuffix(".c") || $0.hasSuffix(".h")) && !notEmbedded.contains($0) }
        .map { folder + $0 } ?? []
    }
    #expect(files.count > 40)
    #expect(Set(files.map { URL(filePath: $0).lastPathComponent }) == Set(RuntimeSource.all.map(\.name)))
    for file in files {
      let text = [UInt8](try Data(contentsOf: Self.directory.appending(path: file)))
      let embedded = RuntimeSource.all.first { $0.name == URL(filePath: file).lastPathComponent }
      let isSame = embedded?.text == text
      #expect(isSame, "\(file)")
    }
  }

  /// Artifacts compile any of the files together.
  @Test func theRuntimeCompilesAsOneUnitWithoutWarnings() throws {
    let directory = try TemporaryDirectory()
    let files = RuntimeSource.all.map(\.name).filter { $0.hasSuffix(".c") }
    try directory.write(files.map { "#include \"\($0)\"\n" }.joined(), to: "unit.c")
    let folders = ["", "include"].map { "-I" + Self.directory.appending(path: $0).path }
    let result = try CommandResult(
      "clang",
      ["-fsyntax-only", "-std=gnu17", "-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-D_GNU_SOURCE"]
        + folders + ["unit.c"], in: directory.url)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
  }
}
