import LoopIR

/// Tiles that are multiplied and transformed back together: some of an image, or all of some images.
struct TileBlock {
  /// The first image.
  var image: Index
  /// The first tile in it.
  var firstTile: Index
  /// Its first tile's number among all of the group that are stored.
  var firstStored: Index
}

extension Winograd {
  /// Blocks of tiles that cover a group of images.
  func blockCount(_ schedule: Schedule) -> Int {
    let unit = schedule.imagesPerBlock ?? 1
    return schedule.imagesPerGroup / unit * blocksPerUnit(schedule)
  }

  /// Blocks of an image of which each is a part, else of the images of one block: one.
  private func blocksPerUnit(_ schedule: Schedule) -> Int {
    schedule.imagesPerBlock == nil ? (grid.count + schedule.blockTiles - 1) / schedule.blockTiles : 1
  }

  /// A block of a group of images.
  func block(_ number: Index, ofGroup group: Index, _ schedule: Schedule) -> TileBlock {
    let perUnit = blocksPerUnit(schedule)
    return TileBlock(
      image: group * .constant(schedule.imagesPerGroup) + number / perUnit * .constant(schedule.imagesPerBlock ?? 1),
      firstTile: number % perUnit * .constant(schedule.blockTiles),
      firstStored: number * .constant(schedule.blockTiles))
  }

  /// A tile of one image of a group.
  func place(ofTile tile: Index, inImage image: Index, ofGroup group: Index, _ schedule: Schedule) -> TilePlace {
    let imageInBlock = image % (schedule.imagesPerBlock ?? 1)
    return TilePlace(
      image: group * .constant(schedule.imagesPerGroup) + image, imageInBlock: imageInBlock,
      row: tile / grid.columns.count, column: tile % grid.columns.count,
      number: imageInBlock * .constant(grid.count) + tile)
  }

  /// Where the tiles of the blocks begin that an image of a group is in, among all of the group that are stored.
  func firstStored(ofImage image: Index, _ schedule: Schedule) -> Index {
    image / (schedule.imagesPerBlock ?? 1) * .constant(blocksPerUnit(schedule) * schedule.blockTiles)
  }

  /// A tile of a block.
  func place(ofTile tile: Index, in block: TileBlock, _ schedule: Schedule) -> TilePlace {
    let isOneImage = (schedule.imagesPerBlock ?? 1) == 1
    let imageInBlock = isOneImage ? 0 : tile / grid.count
    let inImage = isOneImage ? block.firstTile + tile : tile % grid.count
    return TilePlace(
      image: block.image + imageInBlock, imageInBlock: imageInBlock, row: inImage / grid.columns.count,
      column: inImage % grid.columns.count, number: tile)
  }

  /// Tiles of a block that there are: of a last group, images may be missing.
  func tileCount(of block: TileBlock, _ schedule: Schedule) -> Index {
    guard schedule.imagesPerBlock == nil else { return imageCount(of: block, schedule) * .constant(grid.count) }
    let most = Index.constant(schedule.blockTiles)
    let ofImage =
      grid.count % schedule.blockTiles == 0 ? most : .min(.constant(grid.count) - block.firstTile, most)
    return schedule.imagesPerGroup == 1 ? ofImage : imageCount(of: block, schedule) * ofImage
  }

  /// Those that have products at a position.
  func tileCount(of block: TileBlock, atRow row: Index, column: Index, _ schedule: Schedule) -> Index {
    guard schedule.imagesPerBlock != nil, hasNarrowTiles else { return tileCount(of: block, schedule) }
    return imageCount(of: block, schedule) * grid.count(atRow: row, column: column)
  }

  /// Images of a block that there are.
  private func imageCount(of block: TileBlock, _ schedule: Schedule) -> Index {
    schedule.imagesPerGroup == 1
      ? 1 : .max(.min(.batch - block.image, .constant(schedule.imagesPerBlock ?? 1)), 0)
  }

  /// Blocks of input channels that all register tiles of a block meet before the next channels. Where L1 keeps the
  /// filters of a position, or one register tile meets them all, it is all of them. Else some, which L1 keeps, so that
  /// filters come once from a cache or from memory, and come without pause.
  func blocksPerPass(_ schedule: Schedule, _ machine: Machine) -> Int {
    let all = max(1, inputChannelCount / machine.vectorLanes)
    let isOneTile = schedule.blockTiles <= schedule.tile.pixels
    let some = max(1, Self.channelsPerPass / machine.vectorLanes)
    // Passes divide each phase.
    let divides = phaseCount == 1 || convolution.input.blockCount % some == 0
    return isOneTile || keepsFiltersOfPosition(schedule, machine) || !divides ? all : some
  }

  /// Whether L1 keeps the filters of a position, for a tile of output channels.
  func keepsFiltersOfPosition(_ schedule: Schedule, _ machine: Machine) -> Bool {
    4 * inputChannelCount * schedule.tile.vectors * machine.vectorLanes <= machine.level1ByteCount / 4
  }

  /// Passes over the input channels.
  package func passCount(_ schedule: Schedule, _ machine: Machine) -> Int {
    let channels = inputChannelCount
    let (blocks, size) = (channels / machine.vectorLanes, blocksPerPass(schedule, machine))
    return size < blocks ? (channels + size * machine.vectorLanes - 1) / (size * machine.vectorLanes) : 1
  }

  /// Measured to be the best of 16 to 128 (docs/performance.md).
  private static let channelsPerPass = 32
}
