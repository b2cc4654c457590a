import CodeGen
import Foundation
import GraphIR
import Lowering
import Synchronization

/// Artifacts of `HandWrittenModel`.
struct HandWrittenArtifact: Hashable {
  var name = "hand_written"
  var additions = 3
  var batches = 1...16
  var cpuFeatures: [String] = []
  var weightsPlacement = Artifact.WeightsPlacement.embedded
  var card = ModelCard(target: "x86-64-v2")

  func artifact() throws -> Artifact {
    var program = HandWrittenModel.program(additions: additions, batches: batches)
    program.name = name
    return Artifact(
      program: program, card: card, cpuFeatures: cpuFeatures, kernelObjects: [try Self.kernels.get()],
      weights: HandWrittenModel.weights(), weightsPlacement: weightsPlacement)
  }

  func write(_ form: Artifact.Form, to path: String) throws -> Artifact.Files {
    try artifact().write(form, to: path, toolchain: Toolchain(), threadCount: 2)
  }

  /// An artifact that was written into a directory of its own, for reading only.
  struct Written {
    let directory: TemporaryDirectory
    let files: Artifact.Files
  }

  private struct Key: Hashable {
    var artifact: HandWrittenArtifact
    var form: Artifact.Form
  }

  private static let written = Mutex<[Key: Written]>([:])

  /// The artifact as a file, written once for all tests.
  func written(as form: Artifact.Form) throws -> Written {
    try Self.written.withLock { written in
      let key = Key(artifact: self, form: form)
      if let known = written[key] { return known }
      // Globals are not released when a process ends, and with them their directories.
      if written.isEmpty { atexit { HandWrittenArtifact.written.withLock { $0 = [:] } } }
      let directory = try TemporaryDirectory()
      let result = Written(directory: directory, files: try write(form, to: directory.path(fileName(form))))
      written[key] = result
      return result
    }
  }

  private func fileName(_ form: Artifact.Form) -> String {
    switch form {
    case .executable: name
    case .sharedLibrary: "lib\(name).so"
    case .staticLibrary: "lib\(name).a"
    case .object: "\(name).o"
    }
  }

  /// One object that holds both kernels, compiled once.
  private static let kernels = Result {
    let directory = try TemporaryDirectory()
    try directory.write(HandWrittenModel.kernelSource, to: "kernels.c")
    let result = try CommandResult("clang", ["-O1", "-fPIC", "-c", "kernels.c", "-o", "kernels.o"], in: directory.url)
    if result.status != 0 { throw CompilationFailure(messages: result.errors) }
    return [UInt8](try Data(contentsOf: directory.url.appending(path: "kernels.o")))
  }
}

struct CompilationFailure: Error {
  var messages: String
}
