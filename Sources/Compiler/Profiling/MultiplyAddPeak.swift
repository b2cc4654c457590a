import CodeGen
import Kernels
import LoopIR

/// What one core can do at the most: multiply-adds on registers alone. Fractions of it tell more than times, since
/// machines differ and drift.
package struct MultiplyAddPeak {
  /// More accumulators than latency times throughput needs on any machine.
  private static let accumulatorCount = 12
  private static let iterations = 400_000

  private let jit: JIT
  private let multiplyAdds: Int

  package init(target: Target) throws {
    let lanes = target.machine.vectorLanes
    var builder = KernelBuilder()
    let memory = builder.buffer("memory", .f32, .update)
    let factor = builder.bind(builder.load(memory, at: 0, lanes: lanes))
    let registers = (0..<Self.accumulatorCount).map { builder.register(.constant(Double($0), .f32(lanes))) }
    builder.loop("iteration", to: .constant(Self.iterations)) { builder, _ in
      for register in registers {
        builder.assign(register, .fusedMultiplyAdd(.register(register), factor, factor))
      }
    }
    var sum = Expression.constant(0, .f32(lanes))
    for register in registers { sum = sum + .register(register) }
    builder.store(sum, to: memory, at: 0)
    jit = try JIT([builder.kernel(named: "peak")], for: target)
    multiplyAdds = Self.iterations * Self.accumulatorCount * lanes
  }

  /// Multiply-adds a second of one core, the best of some bursts.
  package func measure() -> Double {
    let memory = AlignedBytes(byteCount: 64)
    var operands: [UnsafeMutableRawPointer?] = [memory.bytes.baseAddress]
    let clock = ContinuousClock()
    let best = (0..<8).map { _ in clock.measure { jit.functions[0](&operands, 1, 0) } }.min() ?? .zero
    return Double(multiplyAdds) / (best / .seconds(1))
  }
}
