import LoopIR

/// A convolution by Winograd's algorithm: tiles of the output are transformed back from products of a transformed tile of
/// the input with transformed filters. There are `positionCount` products a tile for each pair of channels, where direct
/// convolution has one for each tap and pixel.
package struct Winograd: Hashable, Sendable {
  package var convolution: Convolution
  /// The transforms along a column and along a row.
  package var vertical: WinogradTransform
  package var horizontal: WinogradTransform

  package init(_ convolution: Convolution, vertical: WinogradTransform, horizontal: WinogradTransform) {
    precondition(
      Self.applies(to: convolution) && vertical.taps == convolution.kernelRows
        && horizontal.taps == convolution.kernelColumns, "Winograd's algorithm does not apply")
    self.convolution = convolution
    self.vertical = vertical
    self.horizontal = horizontal
  }

  /// Whether the algorithm computes a convolution: blocked channels, all in one group, no stride and no
  /// dilation, a kernel that there are transforms for.
  package static func applies(to problem: Convolution) -> Bool {
    problem.input.isBlocked && problem.output.isBlocked && problem.groups == 1
      && problem.rowStride == 1 && problem.columnStride == 1 && problem.rowDilation == 1 && problem.columnDilation == 1
      && !WinogradTransform.candidates(taps: problem.kernelRows).isEmpty
      && !WinogradTransform.candidates(taps: problem.kernelColumns).isEmpty
  }

  /// The convolution with each pair of transforms.
  static func problems(_ convolution: Convolution) -> [Winograd] {
    WinogradTransform.candidates(taps: convolution.kernelRows).flatMap { vertical in
      WinogradTransform.candidates(taps: convolution.kernelColumns).map { horizontal in
        Winograd(convolution, vertical: vertical, horizontal: horizontal)
      }
    }
  }

  /// Tiles of one image, and how many stand side by side.
  package var tileCount: Int { tileRows * tileColumns }
  package var tileColumns: Int { (convolution.output.columns + horizontal.outputs - 1) / horizontal.outputs }
  package var tileRows: Int { (convolution.output.rows + vertical.outputs - 1) / vertical.outputs }
  /// Products of each tile, for a pair of channels.
  package var positionCount: Int { vertical.positionCount * horizontal.positionCount }

  /// How the work divides: a pure function of the problem, the machine and the largest batch.
  package struct Schedule: Hashable, Sendable {
    /// A register tile of the products: its pixels are tiles of the image.
    package var tile: RegisterTile
    /// Images whose tiles are cut into blocks together: a block may reach from one image into the next.
    package var imagesPerGroup: Int
    /// Tiles of a group, a multiple of `tile.pixels`, that one block transforms and multiplies at a time.
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
  /// Blocks of tiles that cover a group of images.
  func blockCount(_ schedule: Schedule) -> Int {
    (schedule.imagesPerGroup * tileCount + schedule.blockTiles - 1) / schedule.blockTiles
  }

  /// The transformed input: of one block where the step is fused, else of a group of images.
  func transformedInput(_ schedule: Schedule) -> TileLayout {
    TileLayout(
      positions: positionCount, blocks: convolution.input.blockCount,
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
