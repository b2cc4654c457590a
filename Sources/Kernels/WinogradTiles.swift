import LoopIR

/// Tiles that are multiplied and transformed back together: those of a group of images, from `firstTile` on.
struct TileBlock {
  /// The group's first image.
  var firstImage: Index
  var firstTile: Index
}

/// Where a tile of the output is.
struct TilePlace {
  var image: Index
  /// Tiles above it, and to the left.
  var row: Index
  var column: Index
}

extension Winograd {
  func place(ofTile tile: Index, in block: TileBlock, _ schedule: Schedule) -> TilePlace {
    let number = block.firstTile + tile
    if schedule.imagesPerGroup == 1 {
      return TilePlace(image: block.firstImage, row: number / tileColumns, column: number % tileColumns)
    }
    let inImage = number % tileCount
    return TilePlace(
      image: block.firstImage + number / tileCount, row: inImage / tileColumns, column: inImage % tileColumns)
  }
}
