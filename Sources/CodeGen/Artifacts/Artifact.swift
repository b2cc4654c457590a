import CRuntime
import Lowering

/// A compiled model, ready to be written as a file that needs nothing of Apus.
package struct Artifact: Sendable {
  package enum Form: String, CaseIterable, Sendable {
    case executable = "exe"
    case sharedLibrary = "shared"
    case staticLibrary = "static"
    case object
  }

  package enum WeightsPlacement: Sendable {
    /// In the artifact itself.
    case embedded
    /// In a file of their own, which is mapped when the model is created.
    case beside
  }

  /// What all its symbols begin with, where it is a library or an object: the network's name as a C identifier.
  package let prefix: String
  let program: Program
  let card: ModelCard
  let cpuFeatures: [String]
  /// Object files with a function `kernelSymbol(Artifact.kernelPrefix, i)` for kernel i.
  let kernelObjects: [[UInt8]]
  let weights: AlignedBytes
  let weightsPlacement: WeightsPlacement
  let weightsHash: UInt64

  /// The symbol prefix that kernels must be emitted with.
  package static let kernelPrefix = "apus_kernel_"

  /// - Parameters:
  ///   - card: What surrounds the program.
  ///   - cpuFeatures: LLVM's names of the features that the machine code needs; binaries check them when they start.
  ///   - kernelObjects: Object files that define `kernelSymbol(Artifact.kernelPrefix, i)` for each kernel i.
  ///   - weights: The packed image, of `program.weightsByteCount` bytes.
  package init(
    program: Program, card: ModelCard, cpuFeatures: [String], kernelObjects: [[UInt8]], weights: AlignedBytes,
    weightsPlacement: WeightsPlacement = .embedded
  ) {
    precondition(weights.count >= program.weightsByteCount, "the weights image is too small")
    prefix = cIdentifier(program.name)
    self.program = program
    self.card = card
    self.cpuFeatures = cpuFeatures
    self.kernelObjects = kernelObjects
    self.weights = weights
    self.weightsPlacement = weightsPlacement
    weightsHash = apus_hash(weights.bytes.baseAddress, UInt64(program.weightsByteCount))
  }

  /// Weights that are in the binary; a model without weights has none anywhere.
  var embedsWeights: Bool { weightsPlacement == .embedded && program.weightsByteCount > 0 }

  var info: ModelInfo {
    ModelInfo(
      abiVersion: Int(APUS_ABI_VERSION), network: program.name, inputs: program.inputs.map(ModelInfo.Interface.init),
      outputs: program.outputs.map(ModelInfo.Interface.init), smallestBatch: program.batch.lowerBound,
      largestBatch: program.batch.upperBound, target: card.target, cpuFeatures: cpuFeatures,
      precision: card.precision, multiplyAddsPerImage: program.steps.map(\.multiplyAdds).reduce(0, +),
      weightsByteCount: program.weightsByteCount, weightsHash: String(weightsHash, radix: 16),
      workspaceFixedByteCount: program.arenaFixedByteCount,
      workspaceByteCountPerImage: program.arenaByteCountPerImage,
      workspaceByteCountPerThread: program.scratchByteCount, stepCount: program.steps.count,
      preprocessing: card.preprocessing?.name, classCount: card.labels?.count)
  }
}
