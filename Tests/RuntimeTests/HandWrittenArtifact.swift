import CodeGen
import Foundation
import GraphIR
import Lowering

/// Artifacts of `HandWrittenModel`.
struct HandWrittenArtifact {
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
