/// Cycles for each line of 64 bytes of a long sequential read by one thread, by where the lines come from.
package struct LineCycles: Hashable, Sendable {
  package var level2: Double
  package var level3: Double
  package var memory: Double
}

/// What kernels must know of the processor that they are generated for.
package struct Machine: Hashable, Sendable {
  /// f32 lanes of a vector register.
  package var vectorLanes: Int
  package var vectorRegisterCount: Int
  /// Whether a * b + c is one instruction; else the product needs a register of its own.
  package var hasFusedMultiplyAdd: Bool
  /// Whether arithmetic takes a scalar in memory as a broadcast operand, which saves a register.
  package var broadcastsFromMemory: Bool
  package var level1ByteCount: Int
  package var level2ByteCount: Int
  /// Sweeps write a tensor of so many bytes past the caches, which would not keep it until the next step reads it.
  package var streamedByteCount = 12 << 20
  /// f32 multiply-adds that begin in a cycle, as cost models take it.
  package var multiplyAddsPerCycle = 16
  /// Loads of vectors or scalars that begin in a cycle, where multiply-adds are so fast that loads may limit them.
  package var loadsPerCycle: Double?
  package var lineCycles = LineCycles(level2: 5, level3: 8, memory: 8)
  /// How far ahead of their use kernels prefetch weights, in bytes; 0 where the processor foresees by itself what is read
  /// next, so that prefetching costs more than it gives (docs/performance.md). Vectors are then lines of 64 bytes.
  package var weightPrefetchByteCount = 0
  /// What was measured on it.
  package var tuning = Tuning()

  /// Cycles in which the multiply-adds of a vector begin.
  var cyclesPerVector: Double { Double(vectorLanes) / Double(multiplyAddsPerCycle) }

  package init(
    vectorLanes: Int, vectorRegisterCount: Int, hasFusedMultiplyAdd: Bool = true, broadcastsFromMemory: Bool,
    level1ByteCount: Int = 32 << 10,
    level2ByteCount: Int = 1 << 20
  ) {
    self.vectorLanes = vectorLanes
    self.vectorRegisterCount = vectorRegisterCount
    self.hasFusedMultiplyAdd = hasFusedMultiplyAdd
    self.broadcastsFromMemory = broadcastsFromMemory
    self.level1ByteCount = level1ByteCount
    self.level2ByteCount = level2ByteCount
  }

  package static let avx512 = Machine(vectorLanes: 16, vectorRegisterCount: 32, broadcastsFromMemory: true)
  /// AVX-512 with a data path of 512 bits, such as Zen 5: two multiply-adds of 512 bits begin in a cycle. Its own
  /// prefetching does not keep up with them.
  package static let wideAVX512 = {
    var machine = avx512
    machine.multiplyAddsPerCycle = 32
    machine.loadsPerCycle = 2
    machine.lineCycles = LineCycles(level2: 1.5, level3: 2.5, memory: 7.5)
    machine.weightPrefetchByteCount = 8 << 10
    return machine
  }()
  package static let avx2 = Machine(vectorLanes: 8, vectorRegisterCount: 16, broadcastsFromMemory: false)
  package static let sse2 = Machine(
    vectorLanes: 4, vectorRegisterCount: 16, hasFusedMultiplyAdd: false, broadcastsFromMemory: false)
  package static let neon = Machine(vectorLanes: 4, vectorRegisterCount: 32, broadcastsFromMemory: false)
}
