import CodeGen
import Lowering

/// What this machine can do at the most with some threads, measured: a step can be no faster.
package struct MachineRoof: Sendable {
  package enum Bound: String, Sendable { case compute, memory }

  package let multiplyAddsPerSecond: Double
  package let memory: MemoryBandwidth

  package init(target: Target, threadCount: Int) throws {
    multiplyAddsPerSecond = try MultiplyAddPeak(target: target).measure() * Double(threadCount)
    memory = try MemoryBandwidth(target: target, threadCount: threadCount)
  }

  /// The least seconds that a step can take, and what it is that takes them. Weights come from where all weights of
  /// the program fit, since all are read between two runs of a step; its other operands from where they fit
  /// together, since the step before has just written one of them.
  package func leastSeconds(of step: Program.Step, in program: Program, batch: Int) -> (seconds: Double, bound: Bound) {
    let computing = Double(step.multiplyAdds * batch) / multiplyAddsPerSecond
    let activations = step.byteCountPerImage * batch
    let moving =
      Double(step.fixedByteCount) / memory.bytesPerSecond(workingSet: program.weightsByteCount)
      + Double(activations) / memory.bytesPerSecond(workingSet: activations)
    return computing >= moving ? (computing, .compute) : (moving, .memory)
  }
}
