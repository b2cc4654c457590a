import CodeGen
import Kernels
import LoopIR

/// The machine's limit: multiply-adds on registers alone.
struct PeakKernel {
  /// More accumulators than latency times throughput needs on any machine.
  private static let accumulatorCount = 12
  private static let iterations = 1_000_000

  let function: KernelFunction
  private let jit: JIT
  let multiplyAdds: Int

  init(target: Target) throws {
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
    function = jit.functions[0]
    multiplyAdds = Self.iterations * Self.accumulatorCount * lanes
  }

  /// Multiply-adds a second, the best of some bursts.
  func measure() -> Double {
    let memory = AlignedBytes(byteCount: 64)
    var operands: [UnsafeMutableRawPointer?] = [memory.bytes.baseAddress]
    var best = Double.infinity
    for _ in 0..<5 { best = min(best, seconds { function(&operands, 1, 0) }) }
    return Double(multiplyAdds) / best
  }
}
