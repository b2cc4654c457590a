import LoopIR

/// A convolution by Winograd's algorithm: tiles of the output are transformed back from products of a transformed tile of
/// the input with transformed filters. There are `positionCount` products a tile for each pair of channels, where direct
/// convolution has one for each tap and pixel.
package struct Winograd: Hashable, Sendable {
  package var convolution: Convolution
  /// The transforms along a column and along a row.
  package var vertical: WinogradTransform
  package var horizontal: WinogradTransform
  /// Whether the last tiles of an axis are narrower by one output where the transform's outputs do not divide it; else
  /// the last reaches beyond the image.
  package var hasNarrowTiles: Bool

  package init(
    _ convolution: Convolution, vertical: WinogradTransform, horizontal: WinogradTransform, hasNarrowTiles: Bool = false
  ) {
    precondition(
      Self.applies(to: convolution) && vertical.taps == Self.taps(ofRows: convolution)
        && horizontal.taps == Self.taps(ofColumns: convolution), "Winograd's algorithm does not apply")
    self.convolution = convolution
    self.vertical = vertical
    self.horizontal = horizontal
    self.hasNarrowTiles = hasNarrowTiles
  }

  /// Whether the algorithm computes a convolution: blocked channels, all in one group, no stride or one that splits the
  /// image into phases, no dilation, a kernel that there are transforms for.
  package static func applies(to problem: Convolution) -> Bool {
    problem.input.isBlocked && problem.output.isBlocked && problem.groups == 1 && hasPhases(problem)
      && problem.rowDilation == 1 && problem.columnDilation == 1
      && !WinogradTransform.candidates(taps: taps(ofRows: problem)).isEmpty
      && !WinogradTransform.candidates(taps: taps(ofColumns: problem)).isEmpty
  }

  /// The convolution with each pair of transforms, and with narrow tiles where they save products.
  static func problems(_ convolution: Convolution) -> [Winograd] {
    WinogradTransform.candidates(taps: taps(ofRows: convolution)).flatMap { vertical in
      WinogradTransform.candidates(taps: taps(ofColumns: convolution)).flatMap { horizontal in
        let problem = Winograd(convolution, vertical: vertical, horizontal: horizontal)
        var narrow = problem
        narrow.hasNarrowTiles = true
        return narrow.grid.productCount < problem.grid.productCount ? [problem, narrow] : [problem]
      }
    }
  }

  /// How tiles cover an image.
  var grid: TileGrid {
    TileGrid(
      rows: TileAxis(vertical, outputs: convolution.output.rows, hasNarrowTiles: hasNarrowTiles),
      columns: TileAxis(horizontal, outputs: convolution.output.columns, hasNarrowTiles: hasNarrowTiles))
  }

  /// Tiles of an image.
  package var tileCount: Int { grid.count }

  /// Positions of a tile's products, of which a narrow one does without some.
  package var positionCount: Int { vertical.positionCount * horizontal.positionCount }

  /// How the work divides: a pure function of the problem, the machine and the largest batch.
  package struct Schedule: Hashable, Sendable {
    /// A register tile of the products: its pixels are tiles of the image.
    package var tile: RegisterTile
    /// Images whose blocks of tiles meet the same filters in turn.
    package var imagesPerGroup: Int
    /// Images of a block, all their tiles, which divide a group's; nil: a block is a part of one image, which narrow
    /// tiles do not allow.
    package var imagesPerBlock: Int?
    /// Tiles that one block has room for, a multiple of `tile.pixels`.
    package var blockTiles: Int
    /// Tiles of output channels that cover the output, and the vectors of a last narrower one.
    package var fullChannelTiles: Int
    package var tailVectors: Int
    /// Whether one step does it all, a block of tiles a chunk; else a first step transforms the input, and the chunks
    /// of a second are some blocks of tiles by tiles of output channels, neighbours with the same filters.
    package var isFused: Bool
    /// Blocks that a chunk of the second step walks with its filters.
    package var blocksPerChunk: Int
    /// Whether a chunk of the second step, which alone uses them, transforms its filters under training itself, in
    /// memory of its thread's own; else a step before does it.
    package var transformsFilters: Bool
    /// Chunks of the step that transforms the input of an image; each takes some of the channel blocks.
    package var inputChunks: Int

    package var channelTileCount: Int { fullChannelTiles + (tailVectors > 0 ? 1 : 0) }
  }
}

/// Tiles in the transformed domain: [position][channel block][tile][lanes], with some room after each position, so
/// that a tile's positions do not fall on the same sets of a cache.
struct TileLayout: Hashable {
  var positions: Int
  var blocks: Int
  var tiles: Int
  var lanes: Int

  var blockStride: Int { tiles * lanes }
  var positionStride: Int { (blocks * blockStride + 127) / 128 * 128 + 16 }
  var elementCount: Int { positions * positionStride }
}

extension Winograd {
  /// The transformed input: of one block where the step is fused, else of a group of images.
  func transformedInput(_ schedule: Schedule) -> TileLayout {
    TileLayout(
      positions: positionCount, blocks: inputBlockCount,
      tiles: schedule.isFused ? schedule.blockTiles : blockCount(schedule) * schedule.blockTiles,
      lanes: convolution.input.channelBlock)
  }

  /// The products of a block of tiles with a tile of output channels.
  func products(_ schedule: Schedule) -> TileLayout {
    TileLayout(
      positions: positionCount, blocks: schedule.tile.vectors, tiles: schedule.blockTiles,
      lanes: convolution.output.channelBlock)
  }

  /// f32 elements of the transformed input of a group of images, where that is kept between two steps.
  package func transformedElementCount(_ schedule: Schedule) -> Int { transformedInput(schedule).elementCount }

  /// f32 elements that a thread needs for itself.
  package func scratchElementCount(_ schedule: Schedule) -> Int {
    let products = products(schedule).elementCount
    if schedule.isFused { return products + transformedInput(schedule).elementCount }
    return products + (schedule.transformsFilters ? filterTileElementCount(schedule) : 0)
  }
}
