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
  /// What was measured on it.
  package var tuning = Tuning()

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
  package static let avx2 = Machine(vectorLanes: 8, vectorRegisterCount: 16, broadcastsFromMemory: false)
  package static let sse2 = Machine(
    vectorLanes: 4, vectorRegisterCount: 16, hasFusedMultiplyAdd: false, broadcastsFromMemory: false)
  package static let neon = Machine(vectorLanes: 4, vectorRegisterCount: 32, broadcastsFromMemory: false)
}
