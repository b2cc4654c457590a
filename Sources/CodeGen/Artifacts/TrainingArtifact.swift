import CRuntime
import Foundation
import Lowering

/// A network compiled for training, ready to be written as a library that needs nothing of Apus.
package struct TrainingArtifact: Sendable {
  /// What all its symbols begin with: the network's name as a C identifier.
  package let prefix: String
  let programs: TrainingPrograms
  let card: ModelCard
  let cpuFeatures: [String]
  let kernelObjects: [[UInt8]]
  let image: AlignedBytes

  /// - Parameters:
  ///   - cpuFeatures: LLVM's names of the features that the machine code needs; libraries check them.
  ///   - kernelObjects: Object files that define `kernelSymbol(Artifact.kernelPrefix, i)` for each of
  ///     `programs.kernels`.
  ///   - image: The state before the first step, of `programs.stateByteCount` bytes; momentum is zero.
  package init(
    _ programs: TrainingPrograms, card: ModelCard, cpuFeatures: [String], kernelObjects: [[UInt8]],
    image: AlignedBytes
  ) {
    precondition(image.count >= programs.stateByteCount, "the image of the state is too small")
    prefix = cIdentifier(programs.step.name)
    self.programs = programs
    self.card = card
    self.cpuFeatures = cpuFeatures
    self.kernelObjects = kernelObjects
    self.image = image
  }

  /// Compiles and links the library and puts it and its header in place. On failure nothing is left behind.
  /// - Parameter form: Not an executable.
  /// - Throws: ArtifactError, or what the file system says.
  package func write(
    _ form: Artifact.Form, to path: String, toolchain: Toolchain, threadCount: Int = 1
  ) throws -> Artifact.Files {
    guard form != .executable else {
      throw ArtifactError("a network under training can be a library or an object, not a program")
    }
    let binary = Binary(
      prefix: prefix, card: card, use: APUS_FOR_TRAINING, glue: try tablesSource() + functionsSource(),
      header: headerSource(), publicSymbols: publicSymbols, kernelObjects: kernelObjects,
      embedded: initialByteCount > 0 ? Binary.Image(memory: image, byteCount: initialByteCount) : nil)
    return try binary.write(form, to: path, toolchain: toolchain, threadCount: threadCount)
  }

  /// What of the image must be in the binary: all up to its last byte that is not zero.
  var initialByteCount: Int { image.bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0 }

  var info: TrainingInfo {
    TrainingInfo(
      abiVersion: Int(APUS_ABI_VERSION), network: programs.step.name, batch: programs.batch,
      image: programs.imageShape, classCount: programs.classCount, target: card.target, cpuFeatures: cpuFeatures,
      precision: card.precision, stateByteCount: programs.stateByteCount,
      workspaceByteCount: programs.workspaceByteCount, stepCount: programs.step.steps.count,
      parameterCount: programs.variables.filter { $0.role == .weight }.map { $0.shape.reduce(1, *) }.reduce(0, +))
  }
}

/// What `M_info` says of a network under training, as JSON.
struct TrainingInfo: Encodable {
  var abiVersion: Int
  var network: String
  var batch: Int
  var image: [Int]
  var classCount: Int
  var target: String
  var cpuFeatures: [String]
  var precision: String
  var stateByteCount: Int
  var workspaceByteCount: Int
  var stepCount: Int
  var parameterCount: Int

  private enum CodingKeys: String, CodingKey {
    case abiVersion = "abi_version"
    case network, batch, image
    case classCount = "classes"
    case target
    case cpuFeatures = "cpu_features"
    case precision
    case stateByteCount = "state_bytes"
    case workspaceByteCount = "workspace_bytes"
    case stepCount = "steps"
    case parameterCount = "parameters"
  }
}
