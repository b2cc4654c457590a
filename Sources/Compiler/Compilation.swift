import CodeGen
import Diagnostics
import GraphIR
import Kernels
import Lowering
import Passes
import Reference

/// A network compiled for a target: fused, lowered, with its weights packed. Machine code is made from it just in
/// time (`model`) or ahead of time (`artifact`).
package struct Compilation: Sendable {
  /// What one stage took.
  package struct Stage: Sendable {
    package var name: String
    package var duration: Duration
  }

  package let network: Network
  package let target: Target
  /// Whether only algorithms were chosen that multiply the network's own numbers.
  package let isExact: Bool
  /// The network's graph after the passes; its values have the meaning that they have in `network.graph`.
  package let graph: Graph
  package let program: Program
  /// What the passes and lowering took; `pack`, `model` and `artifact` append to it.
  package private(set) var stages: [Stage]
  private let announce: Announcement

  /// What is called with the name of each stage when it begins.
  package typealias Announcement = @Sendable (String) -> Void

  /// Fuses and lowers.
  /// - Parameter isExact: As the property.
  /// - Throws: Diagnostic at the call that cannot be compiled.
  package init(
    _ network: Network, target: Target, batch: ClosedRange<Int>, isExact: Bool = false,
    announce: @escaping Announcement = { _ in }
  ) throws {
    self.network = network
    self.target = target
    self.isExact = isExact
    self.announce = announce
    let fusion = try measure("passes", announce) { try Pipeline.inference.run(network.graph).graph }
    graph = fusion.result
    let lowering = try measure("lowering", announce) {
      try Program(lowering: fusion.result, for: target.machine, batch: batch, arithmetic: isExact ? .exact : .fast)
    }
    program = lowering.result
    stages = [fusion.stage, lowering.stage]
  }

  /// Machine code in this process.
  package mutating func model(weights: Weights, threadCount: Int) throws -> ExecutableModel {
    let image = measure("weights", announce) { pack(weights, threadCount: threadCount) }
    let jit = try measure("machine code", announce) {
      try JIT(program.kernels, for: target, threadCount: threadCount)
    }
    stages += [image.stage, jit.stage]
    return ExecutableModel(
      program: program, card: ModelCard(network, target: target), jit: jit.result, weights: image.result)
  }

  /// What an executable or a library is written from.
  package mutating func artifact(
    weights: Weights, placement: Artifact.WeightsPlacement, threadCount: Int
  ) throws -> Artifact {
    let image = measure("weights", announce) { pack(weights, threadCount: threadCount) }
    let objects = try measure("machine code", announce) {
      try emitObjects(
        program.kernels, symbolPrefix: Artifact.kernelPrefix, for: target, threadCount: threadCount)
    }
    stages += [image.stage, objects.stage]
    return Artifact(
      program: program, card: ModelCard(network, target: target), cpuFeatures: target.requiredFeatures,
      kernelObjects: objects.result, weights: image.result, weightsPlacement: placement)
  }

  /// Runs a stage that comes after those of the compilation itself, and notes what it took.
  package mutating func measured<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    let (result, stage) = try measure(name, announce, body)
    stages.append(stage)
    return result
  }

  /// The packed weights image: constants folded in f64, in the order that kernels read them.
  private func pack(_ weights: Weights, threadCount: Int) -> AlignedBytes {
    let image = AlignedBytes(byteCount: program.weightsByteCount)
    let evaluator = ConstantEvaluator(graph)
    _ = mapInParallel(program.constants, threadCount: threadCount) { constant in
      weights.pack(constant, of: graph, evaluator, into: image)
    }
    return image
  }
}

/// Runs a stage and times it.
private func measure<Result>(
  _ name: String, _ announce: Compilation.Announcement, _ body: () throws -> Result
) rethrows -> (result: Result, stage: Compilation.Stage) {
  announce(name)
  let clock = ContinuousClock()
  let start = clock.now
  let result = try body()
  return (result, .init(name: name, duration: clock.now - start))
}
