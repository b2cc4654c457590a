import LoopIR

/// Neighbouring tiles of equal size along one axis of an image.
struct TileRun: Hashable {
  let transform: WinogradTransform
  /// The tiles of the axis that are in it.
  let tiles: Range<Int>
  /// The first output of tile 0, if that were in it too.
  let base: Int
  /// Which of the axis' positions is the transform's first.
  let firstPosition: Int

  /// The first output of a tile.
  func firstOutput(ofTile tile: Index) -> Index { tile * .constant(transform.outputs) + .constant(base) }

  /// The first outputs of the first tile and of the last.
  var firstOutputs: (first: Int, last: Int) {
    (tiles.lowerBound * transform.outputs + base, (tiles.upperBound - 1) * transform.outputs + base)
  }
}

/// How tiles cover the outputs along one axis: those of a transform, then some that are narrower by one output, which have
/// products at all positions but the first. Without narrow ones, the last may reach beyond the image.
struct TileAxis: Hashable {
  let transform: WinogradTransform
  let count: Int
  let narrowCount: Int

  init(_ transform: WinogradTransform, outputs: Int, hasNarrowTiles: Bool) {
    self.transform = transform
    count = (outputs + transform.outputs - 1) / transform.outputs
    narrowCount = hasNarrowTiles ? min(count, count * transform.outputs - outputs) : 0
  }

  private var wideCount: Int { count - narrowCount }

  /// Tiles of the transform's outputs, and narrow ones: those that there are.
  var runs: [TileRun] {
    [
      TileRun(transform: transform, tiles: 0..<wideCount, base: 0, firstPosition: 0),
      narrowCount == 0
        ? nil
        : TileRun(transform: transform.narrower, tiles: wideCount..<count, base: wideCount, firstPosition: 1),
    ].compactMap(\.self).filter { !$0.tiles.isEmpty }
  }

  /// Tiles that have a product at a position.
  func count(at position: Int) -> Int { position == 0 ? wideCount : count }

  func count(at position: Index) -> Index {
    .constant(wideCount) + .min(position, 1) * .constant(narrowCount)
  }

  /// Products of all tiles along the axis.
  var productCount: Int { transform.positionCount * count - narrowCount }

  /// Code for each size of tile that there is, of which the tile's runs.
  func emit(forTile tile: Index, in builder: inout KernelBuilder, _ body: (TileRun, inout KernelBuilder) -> Void) {
    let runs = runs
    if runs.count == 1 {
      body(runs[0], &builder)
    } else {
      builder.conditional(Condition(tile, .less, .constant(wideCount))) {
        body(runs[0], &$0)
      } else: {
        body(runs[1], &$0)
      }
    }
  }
}

/// How tiles cover an image.
struct TileGrid: Hashable {
  let rows: TileAxis
  let columns: TileAxis

  /// Tiles of an image.
  var count: Int { rows.count * columns.count }

  /// Positions of a tile's products, of which a narrow one does without some.
  var positionCount: Int { rows.transform.positionCount * columns.transform.positionCount }

  /// Products of all tiles of an image, for a pair of channels.
  var productCount: Int { rows.productCount * columns.productCount }

  /// Tiles of an image that have products at a position.
  func count(atRow row: Index, column: Index) -> Index { rows.count(at: row) * columns.count(at: column) }

  /// Code for each size of tile that there is, of which the tile's runs.
  func emit(
    at place: TilePlace, in builder: inout KernelBuilder, _ body: (TileRun, TileRun, inout KernelBuilder) -> Void
  ) {
    rows.emit(forTile: place.row, in: &builder) { row, builder in
      columns.emit(forTile: place.column, in: &builder) { column, builder in body(row, column, &builder) }
    }
  }

  /// The tile's number among those of its block that have products at a position.
  func number(of place: TilePlace, atRow row: Int, column: Int) -> Index {
    let (rowCount, columnCount) = (rows.count(at: row), columns.count(at: column))
    if rowCount == rows.count && columnCount == columns.count { return place.number }
    return (place.imageInBlock * .constant(rowCount) + place.row) * .constant(columnCount) + place.column
  }
}

/// Where a tile of the output is.
struct TilePlace {
  var image: Index
  /// Of the images of a block, and 0 where that is a part of one.
  var imageInBlock: Index
  /// Tiles above it, and to the left.
  var row: Index
  var column: Index
  /// Its number among the tiles of its block.
  var number: Index
}
