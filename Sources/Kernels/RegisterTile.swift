/// A tile of outputs held in vector registers while their inputs are accumulated: `pixels` neighbouring pixels by
/// `vectors` vectors of output channels.
package struct RegisterTile: Hashable, Sendable {
  package var pixels: Int
  package var vectors: Int

  package init(pixels: Int, vectors: Int) {
    precondition(pixels > 0 && vectors > 0, "an empty tile")
    self.pixels = pixels
    self.vectors = vectors
  }

  /// The most pixels for a number of vectors, 0 where not even one fits: what registers hold beside the weight
  /// vectors and, where arithmetic cannot take it from memory, the broadcast input; and never more accumulators
  /// than LLVM was measured to keep without spilling (docs/performance.md).
  package static func mostPixels(vectors: Int, machine: Machine) -> Int {
    let broadcast = machine.broadcastsFromMemory ? 0 : 1
    let free = machine.vectorRegisterCount - vectors - broadcast
    return min(free, mostAccumulators(vectors: vectors, machine: machine)) / vectors
  }

  /// A lower bound of the cycles for one input channel: its multiply-adds, its loads, and the latency of a multiply-add,
  /// which is 4 cycles.
  /// - Parameter singleVectorFactor: How much longer multiply-adds take that have a load each, since there is one vector
  ///   and no operand from memory.
  package func cyclesPerChannel(on machine: Machine, singleVectorFactor: Double) -> Double {
    let multiplyAdds = Double(pixels * vectors) * machine.cyclesPerVector
    let factor = vectors == 1 && !machine.broadcastsFromMemory ? singleVectorFactor : 1
    let loads = machine.loadsPerCycle.map { Double(MicroKernel.loadsPerChannel(self, on: machine)) / $0 } ?? 0
    return max(factor * multiplyAdds, 4, loads)
  }

  private static func mostAccumulators(vectors: Int, machine: Machine) -> Int {
    if machine.vectorRegisterCount == 32 { return machine.broadcastsFromMemory ? 28 : 24 }
    if vectors == 1 || !machine.hasFusedMultiplyAdd { return 10 }
    return vectors <= 3 ? 12 : 8
  }
}

/// How a row of output pixels divides into tiles: `fullCount` of `tile.pixels`, then `narrowCount` of one pixel less.
package struct RowTiling: Hashable, Sendable {
  package var tile: RegisterTile
  package var fullCount: Int
  package var narrowCount: Int

  /// Near-equal tiles: 14 columns in tiles of at most 4 become 4 + 4 + 3 + 3, not 4 + 4 + 4 + 2, since a tile's
  /// multiply-adds must hide each other's latency.
  package init(columns: Int, vectors: Int, mostPixels: Int) {
    let count = (columns + mostPixels - 1) / mostPixels
    let pixels = (columns + count - 1) / count
    tile = RegisterTile(pixels: pixels, vectors: vectors)
    narrowCount = count * pixels - columns
    fullCount = count - narrowCount
  }
}
