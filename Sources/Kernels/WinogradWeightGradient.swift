import LoopIR

/// The gradient of a 3x3 filter by Winograd's algorithm: dg = G^T [sum over tiles of (B^T d B) * (A y' A^T)] G, the
/// matrices of the convolution, transposed. Of each tile of the outputs' gradient and the inputs under it, a pair of
/// channels has `positionCount` products, where direct summation has nine for each pixel.
///
/// At a stride of 2, taps that stand two apart meet inputs that stand two apart: the taps of a phase are a filter of a
/// convolution without a stride. All phases share the transformed gradient.
package struct WinogradWeightGradient: Hashable, Sendable {
  package var problem: BackwardWeights
  /// The transforms along a column and along a row, of the taps that stand a stride apart from the first on.
  package var vertical: WinogradTransform
  package var horizontal: WinogradTransform
  /// Whether the last tiles of an axis are narrower by one output where the transform's outputs do not divide it, which
  /// a stride does not allow; else the last reaches beyond the image.
  package var hasNarrowTiles: Bool

  package init(
    _ problem: BackwardWeights, vertical: WinogradTransform, horizontal: WinogradTransform, hasNarrowTiles: Bool = false
  ) {
    precondition(
      Self.applies(to: problem) && vertical.taps == Phase.mostTaps(problem.rows)
        && horizontal.taps == Phase.mostTaps(problem.columns), "Winograd's algorithm does not apply")
    precondition(
      !hasNarrowTiles || (problem.rows.stride == 1 && problem.columns.stride == 1), "phases have no narrow tiles")
    self.problem = problem
    self.vertical = vertical
    self.horizontal = horizontal
    self.hasNarrowTiles = hasNarrowTiles
  }

  /// Whether the algorithm computes a gradient: blocked channels, all in one group, a stride of 1 or 2 and no dilation.
  package static func applies(to problem: BackwardWeights) -> Bool {
    problem.input.isBlocked && problem.groups == 1
      && [problem.rows, problem.columns].allSatisfy { $0.kernel == 3 && $0.stride <= 2 && $0.dilation == 1 }
  }

  /// How the work divides: a pure function of the problem, the machine and the largest batch.
  package struct Schedule: Hashable, Sendable {
    /// Sums in registers, of one position: `taps` is 1.
    package var tile: BackwardWeights.Tile
    package var division: Division

    package init(tile: BackwardWeights.Tile, division: Division) {
      self.tile = tile
      self.division = division
    }
  }

  package enum Division: Hashable, Sendable {
    /// Chunks are groups of images. Each transforms and multiplies a block of tiles after another, in memory of its
    /// thread's own, and makes a sum of its own; a second step adds the sums and transforms them back.
    case images(perChunk: Int, blockTiles: Int)
    /// A first step transforms all tiles; chunks of a second are blocks of the filter, for which they multiply, and
    /// transform back. Sums of sums of `tilesPerSum` tiles lose fewer digits than one sum over all tiles of a batch.
    case filters(outputTiles: Int, inputBlocks: Int, tilesPerSum: Int)
  }

  // MARK: Extents

  /// How tiles cover an image of the gradient.
  var grid: TileGrid { grid(vertical, horizontal) }

  private func grid(_ vertical: WinogradTransform, _ horizontal: WinogradTransform) -> TileGrid {
    TileGrid(
      rows: TileAxis(vertical, outputs: problem.gradient.rows, hasNarrowTiles: hasNarrowTiles),
      columns: TileAxis(horizontal, outputs: problem.gradient.columns, hasNarrowTiles: hasNarrowTiles))
  }

  /// Tiles of one image.
  package var tileCount: Int { grid.count }
  /// Products of each tile, for a pair of channels; narrow ones do without some.
  package var positionCount: Int { parts.map(\.positionCount).reduce(0, +) }

  /// Of some tiles, which are all of some images' where there are narrow ones: those that have a product at a position.
  func count(ofTiles tiles: Index, atRow row: Index, column: Index) -> Index {
    hasNarrowTiles ? tiles / tileCount * grid.count(atRow: row, column: column) : tiles
  }

  /// As many tiles, or a few less, as are all of some images' where there are narrow ones.
  package func wholeImages(ofTiles tiles: Int) -> Int {
    hasNarrowTiles ? max(1, tiles / tileCount) * tileCount : tiles
  }

  /// The gradient of some tiles, transformed.
  func transformedGradient(tiles: Int) -> TileLayout {
    TileLayout(
      positions: grid.positionCount, blocks: problem.gradient.blockCount, tiles: tiles,
      lanes: problem.gradient.channelBlock)
  }

  /// The inputs of some tiles, transformed for a part.
  func transformedInput(_ part: Part, tiles: Int) -> TileLayout {
    TileLayout(
      positions: part.positionCount, blocks: problem.input.blockCount, tiles: tiles, lanes: problem.input.channelBlock)
  }

  /// f32 elements of the inputs of some tiles, transformed for all parts, one behind the other.
  func transformedInputElementCount(tiles: Int) -> Int {
    parts.map { transformedInput($0, tiles: tiles).elementCount }.reduce(0, +)
  }

  /// Sums of products: vectors of outputs by rows of inputs.
  func sums(outputBlocks: Int, inputBlocks: Int) -> TileLayout {
    TileLayout(
      positions: positionCount, blocks: outputBlocks, tiles: inputBlocks * problem.filter.inputBlock,
      lanes: problem.filter.lanes)
  }
}

// MARK: Phases

extension WinogradWeightGradient {
  /// Taps of one axis that stand a stride apart.
  struct Phase {
    let firstTap: Int
    let transform: WinogradTransform
    /// The first of the gradient's positions that has a product.
    let firstPosition: Int

    static func mostTaps(_ axis: Convolution.Axis) -> Int { (axis.kernel + axis.stride - 1) / axis.stride }

    /// - Parameter transform: Of the phase with most taps. One with fewer does without its first points.
    static func all(_ axis: Convolution.Axis, _ transform: WinogradTransform) -> [Phase] {
      (0..<axis.stride).map { first in
        let missing = transform.taps - (axis.kernel - first + axis.stride - 1) / axis.stride
        return Phase(firstTap: first, transform: transform.withFewerTaps(missing), firstPosition: missing)
      }
    }
  }

  /// The taps of a phase of rows and one of columns.
  struct Part {
    let rows: Phase
    let columns: Phase
    /// How tiles cover an image, as they do for all parts.
    let grid: TileGrid
    /// Which of the sums is its first.
    let firstSum: Int

    var positionCount: Int { grid.positionCount }
  }

  /// All parts of the filter.
  var parts: [Part] {
    var parts: [Part] = []
    for rows in Phase.all(problem.rows, vertical) {
      for columns in Phase.all(problem.columns, horizontal) {
        parts.append(
          Part(
            rows: rows, columns: columns, grid: grid(rows.transform, columns.transform),
            firstSum: parts.last.map { $0.firstSum + $0.positionCount } ?? 0))
      }
    }
    return parts
  }
}
