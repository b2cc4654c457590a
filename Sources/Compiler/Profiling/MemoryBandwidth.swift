import CodeGen
import LoopIR
import Lowering

/// What some threads can read at the most, from each level of memory.
package struct MemoryBandwidth: Sendable {
  /// A level of memory, as large as what all threads have of it.
  package struct Level: Sendable {
    package var name: String
    /// nil: without bound.
    package var byteCount: Int?
    package var bytesPerSecond: Double
  }

  /// The fastest first; the last is main memory.
  package let levels: [Level]

  /// Bytes a second, of data that was read or written not long ago together with `workingSet` bytes in all.
  package func bytesPerSecond(workingSet: Int) -> Double {
    let level = levels.first { $0.byteCount.map { workingSet <= $0 } ?? true }
    return level?.bytesPerSecond ?? .infinity
  }

  /// Measures, which takes a quarter of a second.
  package init(target: Target, threadCount: Int) throws {
    let level2 = (cacheByteCount(.level2) ?? target.machine.level2ByteCount) * threadCount
    let level3 = cacheByteCount(.level3)
    // Half of L2, since other things are in it too; what L2 surely does not hold, and L3 does even where neighbours
    // share it; and several times all caches, for what comes from memory.
    let largest = min(4 * max(level2, level3 ?? 0, 16 << 20), 256 << 20)
    let sweep = try MemorySweep(target: target, threadCount: threadCount, largestByteCount: largest)
    var levels = [Level(name: "L2", byteCount: level2, bytesPerSecond: try sweep.measure(byteCount: level2 / 2))]
    if let level3, level3 > level2 {
      let rate = try sweep.measure(byteCount: min(level3 / 2, level2 * 4))
      levels.append(Level(name: "L3", byteCount: level3, bytesPerSecond: rate))
    }
    levels.append(Level(name: "memory", byteCount: nil, bytesPerSecond: try sweep.measure(byteCount: largest)))
    self.levels = levels
  }
}

/// A program that does nothing but read: its first step writes all chunks once, each later one reads them all.
private struct MemorySweep {
  private static let chunkByteCount = 64 << 10
  /// Steps that read, in one run, so that beginning the run does not count.
  private static let readCount = 8

  private let context: ExecutionContext

  init(target: Target, threadCount: Int, largestByteCount: Int) throws {
    let lanes = target.machine.vectorLanes
    let sumByteCount = lanes * 4
    let data = Program.Operand(.arena)
    let sums = Program.Operand(.arena, offsetPerImage: Self.chunkByteCount)
    let chunks = Program.Chunks(perGroup: 1, imagesPerGroup: 1)
    func step(_ kernel: Int, _ operands: [Program.Operand]) -> Program.Step {
      Program.Step(kernel: kernel, operands: operands, chunks: chunks, name: "", results: [])
    }
    let kernels = [Self.fill(lanes: lanes), Self.sum(lanes: lanes)]
    let program = Program(
      name: "memory", inputs: [], outputs: [], kernels: kernels,
      steps: [step(0, [data])] + Array(repeating: step(1, [data, sums]), count: Self.readCount),
      weightsByteCount: 0, arenaFixedByteCount: 0, arenaByteCountPerImage: Self.chunkByteCount + sumByteCount,
      batch: 1...max(1, largestByteCount / Self.chunkByteCount))
    let model = ExecutableModel(
      program: program, card: ModelCard(target: target.name), jit: try JIT(kernels, for: target),
      weights: AlignedBytes(byteCount: 0))
    context = try ExecutionContext(model: model, threadCount: threadCount)
  }

  /// Bytes a second, the best of some runs.
  func measure(byteCount: Int) throws -> Double {
    let batch = max(1, byteCount / Self.chunkByteCount)
    try context.run(batch: batch, inputs: [], outputs: [], rounds: 0..<2)
    let clock = ContinuousClock()
    var best = Duration.seconds(1)
    let start = clock.now
    repeat {
      let duration = try clock.measure {
        try context.run(batch: batch, inputs: [], outputs: [], rounds: 1..<1 + Self.readCount)
      }
      best = min(best, duration)
    } while clock.now - start < .milliseconds(80)
    return Double(batch * Self.chunkByteCount * Self.readCount) / (best / .seconds(1))
  }

  private static func fill(lanes: Int) -> Kernel {
    var builder = KernelBuilder()
    let data = builder.buffer("data", .f32, .write)
    let count = chunkByteCount / 4
    builder.loop("element", to: .constant(count), step: lanes) { builder, element in
      builder.store(.constant(1, .f32(lanes)), to: data, at: .chunk * .constant(count) + element)
    }
    return builder.kernel(named: "fill")
  }

  private static func sum(lanes: Int) -> Kernel {
    var builder = KernelBuilder()
    let data = builder.buffer("data", .f32, .read)
    let sums = builder.buffer("sums", .f32, .write, alignment: 4 * lanes)
    let count = chunkByteCount / 4
    // Enough additions under way to hide their latency.
    let registers = (0..<8).map { _ in builder.register(.constant(0, .f32(lanes))) }
    builder.loop("element", to: .constant(count), step: lanes * registers.count) { builder, element in
      for (position, register) in registers.enumerated() {
        let index = .chunk * .constant(count) + element + .constant(position * lanes)
        builder.assign(register, .register(register) + builder.load(data, at: index, lanes: lanes))
      }
    }
    let total = registers.dropFirst().reduce(Expression.register(registers[0])) { $0 + .register($1) }
    builder.store(total, to: sums, at: .chunk * .constant(lanes))
    return builder.kernel(named: "sum")
  }
}
