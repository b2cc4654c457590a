import LoopIR

/// The gradient of a 3x3 filter by Winograd's algorithm: dg = G^T [sum over tiles of (B^T d B) * (A y' A^T)] G, the
/// matrices of the convolution, transposed. Of each tile of the outputs' gradient and the inputs under it, a pair of
/// channels has `positionCount` products, where direct summation has nine for each pixel.
package struct WinogradWeightGradient: Hashable, Sendable {
  package var problem: BackwardWeights
  /// The transforms along a column and along a row.
  package var vertical: WinogradTransform
  package var horizontal: WinogradTransform

  package init(_ problem: BackwardWeights, vertical: WinogradTransform, horizontal: WinogradTransform) {
    precondition(Self.applies(to: problem), "Winograd's algorithm does not apply")
    self.problem = problem
    self.vertical = vertical
    self.horizontal = horizontal
  }

  /// Whether the algorithm computes a gradient: blocked channels, all in one group, no stride and no dilation.
  package static func applies(to problem: BackwardWeights) -> Bool {
    problem.input.isBlocked && problem.groups == 1
      && [problem.rows, problem.columns].allSatisfy { $0.kernel == 3 && $0.stride == 1 && $0.dilation == 1 }
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
  var grid: TileGrid {
    TileGrid(
      rows: TileAxis(vertical, outputs: problem.gradient.rows, hasNarrowTiles: false),
      columns: TileAxis(horizontal, outputs: problem.gradient.columns, hasNarrowTiles: false))
  }

  /// Tiles of one image.
  package var tileCount: Int { grid.count }
  /// Products of each tile, for a pair of channels.
  package var positionCount: Int { vertical.positionCount * horizontal.positionCount }

  /// Tiles of some images, or of some of theirs, with the channels of the input or of the gradient.
  func transformed(_ image: ImageLayout, tiles: Int) -> TileLayout {
    TileLayout(positions: positionCount, blocks: image.blockCount, tiles: tiles, lanes: image.channelBlock)
  }

  /// Sums of products: vectors of outputs by rows of inputs.
  func sums(outputBlocks: Int, inputBlocks: Int) -> TileLayout {
    TileLayout(
      positions: positionCount, blocks: outputBlocks, tiles: inputBlocks * problem.filter.inputBlock,
      lanes: problem.filter.lanes)
  }
}
