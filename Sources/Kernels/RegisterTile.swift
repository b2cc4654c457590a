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

  /// The most pixels for a number of vectors: accumulators, one register a weight vector, and one for the
  /// broadcast input where arithmetic cannot take it from memory. Tiles of 28 accumulators are the largest that
  /// LLVM was seen to keep in AVX-512's 32 registers without spilling (design, section 4).
  package static func mostPixels(vectors: Int, machine: Machine) -> Int {
    let broadcast = machine.broadcastsFromMemory ? 0 : 1
    let accumulators = machine.vectorRegisterCount - vectors - broadcast
    let spare = machine.vectorRegisterCount == 32 ? 28 : accumulators
    return min(accumulators, spare) / vectors
  }
}

/// How a row of output pixels divides into tiles: `fullCount` of `tile.pixels`, then one of `tailPixels` (0: none).
package struct RowTiling: Hashable, Sendable {
  package var tile: RegisterTile
  package var fullCount: Int
  package var tailPixels: Int

  /// Near-equal tiles: 25 columns in tiles of at most 14 become 13 + 12, not 14 + 11.
  package init(columns: Int, vectors: Int, mostPixels: Int) {
    let count = (columns + mostPixels - 1) / mostPixels
    let pixels = (columns + count - 1) / count
    tile = RegisterTile(pixels: pixels, vectors: vectors)
    fullCount = columns / pixels
    tailPixels = columns % pixels
  }
}
