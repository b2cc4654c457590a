import Diagnostics
import GraphIR
import Lowering

/// The memory of a training step, known before any runs, and what it costs to have it small.
///
/// On top of it come the machine code, what each thread keeps for itself, the pictures that are prepared, and the
/// arena of the evaluation.
package struct TrainingMemory: Hashable, Sendable {
  /// What a step takes and does.
  package struct Step: Hashable, Sendable {
    /// Bytes of activations, gradients and temporaries.
    package let arenaByteCount: Int
    package let multiplyAdds: Int
    /// Bytes that its sweeps and products read and write.
    package let movedByteCount: Int

    init(_ program: Program) {
      let batch = program.batch.upperBound
      arenaByteCount = program.arenaFixedByteCount + batch * program.arenaByteCountPerImage
      multiplyAdds = program.steps.reduce(0) { $0 + $1.multiplyAdds * batch }
      movedByteCount = program.steps.reduce(0) { $0 + $1.fixedByteCount + batch * $1.byteCountPerImage }
    }
  }

  /// A node whose result is computed a second time.
  package struct Recomputed: Hashable, Sendable {
    package let name: String
    package let op: String
    package let multiplyAdds: Int
  }

  /// Bytes of parameters, running statistics and momenta.
  package let stateByteCount: Int
  /// The step where everything is kept.
  package let unlimited: Step
  /// The step as it is.
  package internal(set) var planned: Step
  package internal(set) var recomputed: [Recomputed]

  package var peakByteCount: Int { stateByteCount + planned.arenaByteCount }
  package var unlimitedPeakByteCount: Int { stateByteCount + unlimited.arenaByteCount }
}
