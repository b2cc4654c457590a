extension Winograd {
  /// The schedule that costs least.
  package func schedule(machine: Machine, largestBatch: Int) -> Schedule {
    let candidates = schedules(machine: machine, largestBatch: largestBatch)
    guard var best = candidates.first else { preconditionFailure("a machine holds at least one vector") }
    var least = balancedCost(of: best, machine: machine, largestBatch: largestBatch)
    for candidate in candidates.dropFirst() {
      let cost = balancedCost(of: candidate, machine: machine, largestBatch: largestBatch)
      if cost < least { (best, least) = (candidate, cost) }
    }
    return best
  }

  /// The cost, and what threads wait for each other.
  func balancedCost(of schedule: Schedule, machine: Machine, largestBatch: Int) -> Double {
    cost(of: schedule, machine: machine, largestBatch: largestBatch)
      * imbalance(of: schedule, largestBatch: largestBatch)
  }

  /// Register tiles that fit, in one step and in two.
  func schedules(machine: Machine, largestBatch: Int) -> [Schedule] {
    // Wider ones were measured to be slower by 5 to 20 %.
    return (1...min(convolution.output.blockCount, 4)).flatMap { vectors in
      [true, false].flatMap { isFused in
        // Tiles of a block that L2 has room for, transformed and multiplied.
        let vectorsOfTile = vectors + (isFused ? inputBlockCount : 0)
        let tileBytes = 4 * machine.vectorLanes * positionCount * vectorsOfTile
        let room = machine.level2ByteCount / (isFused ? 3 : 10) / tileBytes
        let groups = isFused ? [1, max(1, room / grid.count)] : [1, 8, 32]
        return Set(groups.map { min($0, largestBatch) }).sorted().flatMap { images in
          blocks(images: images, isFused: isFused, room: room).flatMap { block in
            schedules(
              vectors: vectors, isFused: isFused, images: images, block, isWhole: images == largestBatch, machine)
          }
        }
      }
    }
  }

  /// What blocks of tiles a group of images is cut into.
  private enum BlockKind {
    case part(room: Int)
    case images(Int)
  }

  /// Parts of one image, or some images of which L2 has room for the tiles.
  private func blocks(images: Int, isFused: Bool, room: Int) -> [BlockKind] {
    let parts = isFused && images > 1 || hasNarrowTiles ? [] : [BlockKind.part(room: room)]
    let counts = isFused ? [images] : [1, 2, 4, 8, 16, 32].filter { images % $0 == 0 } + [images]
    // In two steps the products alone must stay in L2.
    let most = isFused ? room : 8 * room
    let fitting = Set(counts).sorted().filter { count in
      count == 1 ? hasNarrowTiles && (!isFused || grid.count <= room) : count * grid.count <= most
    }
    return parts + fitting.map { .images($0) }
  }

  /// Near-equal divisions of a block's tiles, the widest first; parts of one, two, and as many as there is room for.
  private func schedules(
    vectors: Int, isFused: Bool, images: Int, _ kind: BlockKind, isWhole: Bool, _ machine: Machine
  ) -> [Schedule] {
    let imagesPerBlock: Int? = if case .images(let count) = kind { count } else { nil }
    let tiles = (imagesPerBlock ?? 1) * grid.count
    let mostPixels = RegisterTile.mostPixels(vectors: vectors, machine: machine)
    let fewest = (tiles + mostPixels - 1) / mostPixels
    let pixels = Set((fewest..<fewest + 4).map { (tiles + $0 - 1) / $0 })
    return pixels.sorted().flatMap { pixels in
      let all = (tiles + pixels - 1) / pixels
      let registerTiles =
        switch kind {
        case .images: [all]
        case .part(let room):
          Set([1, min(2, max(1, room / pixels)), max(1, room / pixels)].map { min($0, all) }).sorted()
        }
      return registerTiles.map { registerTiles in
        var schedule = Schedule(
          tile: RegisterTile(pixels: pixels, vectors: vectors), imagesPerGroup: images,
          imagesPerBlock: imagesPerBlock, blockTiles: registerTiles * pixels,
          fullChannelTiles: convolution.output.blockCount / vectors,
          tailVectors: convolution.output.blockCount % vectors, isFused: isFused, blocksPerChunk: 1,
          transformsFilters: false, inputChunks: min(convolution.input.blockCount, 8))
        let blocks = blockCount(schedule)
        if !isFused && images > 1 { schedule.blocksPerChunk = blocks }
        schedule.transformsFilters =
          convolution.filter != nil && !isFused && isWhole && schedule.blocksPerChunk == blocks
        return schedule
      }
    }
  }

  /// Register tiles of all positions of an image, on the average, for each tile of output channels.
  private func registerTileCount(_ schedule: Schedule) -> Double {
    let images = schedule.imagesPerBlock ?? 1
    func sum(over axis: TileAxis, _ value: (Int) -> Int) -> Int {
      value(axis.count(at: 0)) + (axis.transform.positionCount - 1) * value(axis.count(at: 1))
    }
    let count = sum(over: grid.rows) { rows in
      sum(over: grid.columns) { columns in
        (images * rows * columns + schedule.tile.pixels - 1) / schedule.tile.pixels
      }
    }
    return Double(count) / Double(images)
  }

  /// Cycles of one image on one thread, comparable with a direct convolution's: fitted to what `apus tune` measured of the
  /// 3x3 convolutions of ResNet-18 and a wide ResNet-50 on Zen 4, with AVX-512 and AVX2, and on Zen 5 with AVX-512
  /// (docs/performance.md).
  package func cost(of schedule: Schedule, machine: Machine, largestBatch: Int) -> Double {
    let near =
      productCycles(schedule, machine) + transformCycles(machine)
      + readingCycles(schedule, machine, largestBatch: largestBatch)
      + (filterTransformCycles(schedule, machine) + (schedule.isFused ? 0 : Self.stepCycles)) / Double(largestBatch)
    // Large filters are in no cache any more when the next group of images needs them.
    let isFilterKept = filterByteCount <= 16 * machine.level2ByteCount
    return Self.cycles(
      near, filterBytes: filterByteCount,
      images: isFilterKept ? Self.imagesThatShareFilters(largestBatch) : schedule.imagesPerGroup,
      isReadOnce: isFilterReadOnce(schedule), on: machine)
  }

  /// Of the transformed filters.
  private var filterByteCount: Int { filterElementCount * 4 }

  /// Multiply-adds of all register tiles, as many at least as hide each other's latency, and sums that go from pass to
  /// pass.
  private func productCycles(_ schedule: Schedule, _ machine: Machine) -> Double {
    let input = convolution.input
    let channels = input.blockCount == 1 ? input.channels : input.blockCount * machine.vectorLanes
    let phases = Double(rowPhases.productCount * columnPhases.productCount) / Double(positionCount)
    let passes = passCount(schedule, machine)
    func cycles(vectors: Int) -> Double {
      let tile = RegisterTile(pixels: schedule.tile.pixels, vectors: vectors)
      let channel = tile.cyclesPerChannel(on: machine, singleVectorFactor: 1.05) + overheadCycles(of: tile, machine)
      let sums = Double(tile.pixels * vectors) * machine.cyclesPerVector
      return phases * Double(channels) * channel + Double(passes - 1) * sums
    }
    return registerTileCount(schedule)
      * (Double(schedule.fullChannelTiles) * cycles(vectors: schedule.tile.vectors)
        + (schedule.tailVectors > 0 ? cycles(vectors: schedule.tailVectors) : 0))
  }

  /// What an input channel of a register tile costs beside its multiply-adds, as fitted.
  private func overheadCycles(of tile: RegisterTile, _ machine: Machine) -> Double {
    guard machine.loadsPerCycle != nil else {
      // On ports of 32 bytes, loads of 64 bytes take two.
      return machine.vectorLanes == 16 ? 0.15 * Double(tile.vectors) : 0
    }
    // Control, which fast multiply-adds hide less of; and where sums leave few registers, LLVM spills some.
    return tile.pixels * tile.vectors > 24 ? 1.7 : 0.7
  }

  private func transformCycles(_ machine: Machine) -> Double {
    let blocks = inputBlockCount + convolution.output.blockCount
    return Double(grid.productCount * blocks) * machine.cyclesPerVector * 5
  }

  /// What it takes to read filters again for each register tile and each block, and transformed tiles for each tile of
  /// output channels.
  private func readingCycles(_ schedule: Schedule, _ machine: Machine, largestBatch: Int) -> Double {
    let images = Double(schedule.imagesPerGroup)
    let registerTiles = registerTileCount(schedule) / Double(positionCount)
    let blocks = Double(blockCount(schedule)) / images
    let perRegisterTile = schedule.isFused && !isFilterNear(machine) ? 0.5 : 0.3
    let timesFilters = isFilterReadOnce(schedule) ? 0 : perRegisterTile * registerTiles + 0.1 * blocks

    let tileBytes = Double(transformedInput(schedule).elementCount * 4) * (schedule.isFused ? blocks : 1 / images)
    // Transformed tiles of a large batch do not stay in a cache from one step to the next.
    let isFar = !schedule.isFused && tileBytes * Double(largestBatch) > 4 * Double(machine.level2ByteCount)
    // Less than a line from L2 costs: most of it is hidden.
    let timesTiles = 0.44 * machine.lineCycles.level2 * Double(schedule.channelTileCount) + (isFar ? 14 : 0)
    return (timesFilters * Double(filterByteCount) + timesTiles * tileBytes) / 64
  }

  private func isFilterNear(_ machine: Machine) -> Bool {
    Double(filterByteCount) <= 0.6 * Double(machine.level2ByteCount)
  }

  /// Of a filter under training, which is transformed once a run.
  private func filterTransformCycles(_ schedule: Schedule, _ machine: Machine) -> Double {
    guard convolution.filter != nil else { return 0 }
    return Double(filterByteCount) / 64 * (isFilterNear(machine) || schedule.transformsFilters ? 6 : 25)
  }

  /// Whether one register tile has all tiles of a position, so that each filter is read in one place.
  private func isFilterReadOnce(_ schedule: Schedule) -> Bool {
    registerTileCount(schedule) <= Double(positionCount)
  }

  /// Cycles of work on data in caches, with filters that come from memory meanwhile, once for some images; and more
  /// evenly where no filter is read again before the next.
  static func cycles(
    _ near: Double, filterBytes: Int, images: Int, isReadOnce: Bool = false, on machine: Machine
  ) -> Double {
    let far = machine.lineCycles.memory * Double(filterBytes) / 64 / Double(images)
    return max(near, far) + (isReadOnce ? 0.1 : 0.2) * min(near, far)
  }

  /// Images of a batch that meet a filter while a cache has it, of those filters that a cache can hold.
  static func imagesThatShareFilters(_ largestBatch: Int) -> Int { min(largestBatch, 8) }

  /// Of a second step, whose threads wait for the first's and read what others wrote.
  private static let stepCycles = 60_000.0

  /// How much longer equal chunks take than an even division would, on two threads and, with less weight, on four.
  private func imbalance(of schedule: Schedule, largestBatch: Int) -> Double {
    let groups = (largestBatch + schedule.imagesPerGroup - 1) / schedule.imagesPerGroup
    let chunks = groups * resultChunks(schedule)
    func imbalance(_ threads: Int) -> Double { Double((chunks + threads - 1) / threads * threads) / Double(chunks) }
    return (3 * imbalance(2) + imbalance(4)) / 4
  }
}

extension Convolution {
  /// How a convolution is computed.
  package enum Algorithm: Hashable, Sendable {
    case direct(Schedule)
    case winograd(Winograd, Winograd.Schedule)
    /// Of the image's phases, which a step of its own writes.
    case phases(PhaseSplit, Winograd, Winograd.Schedule)
    case strassen(Strassen, Strassen.Schedule)
  }

  /// The algorithm that was measured to be the fastest, else the one that costs least: a pure function of the problem,
  /// the machine with its tuning, and the largest batch.
  /// - Parameter isExact: Whether only products of inputs and weights are summed.
  package func algorithm(machine: Machine, largestBatch: Int, isExact: Bool) -> Algorithm {
    tunedAlgorithm(machine: machine, largestBatch: largestBatch, isExact: isExact)
      ?? cheapestAlgorithm(machine: machine, largestBatch: largestBatch, isExact: isExact)
  }

  func cheapestAlgorithm(machine: Machine, largestBatch: Int, isExact: Bool) -> Algorithm {
    if !isExact, let split = PhaseSplit(self, lanes: machine.vectorLanes) {
      return split.cheapestAlgorithm(machine: machine, largestBatch: largestBatch)
    }
    let direct = schedule(machine: machine, largestBatch: largestBatch)
    if !isExact, Strassen.applies(to: self) {
      return strassen(orDirect: direct, machine: machine, largestBatch: largestBatch)
    }
    guard !isExact, Winograd.applies(to: self) else { return .direct(direct) }
    var best = Algorithm.direct(direct)
    var least = Winograd.cycles(
      cost(of: direct, on: machine), filterBytes: filterByteCount,
      images: Winograd.imagesThatShareFilters(largestBatch), on: machine)
    for problem in Winograd.problems(self) {
      let schedule = problem.schedule(machine: machine, largestBatch: largestBatch)
      let cost = problem.cost(of: schedule, machine: machine, largestBatch: largestBatch)
      if cost < least { (best, least) = (.winograd(problem, schedule), cost) }
    }
    return best
  }
}

extension PhaseSplit {
  /// The one that costs least. Direct convolution is no choice: it would need another input.
  func cheapestAlgorithm(machine: Machine, largestBatch: Int) -> Convolution.Algorithm {
    let candidates = winograds(machine: machine, largestBatch: largestBatch).map { problem, schedule in
      (problem, schedule, cost: problem.balancedCost(of: schedule, machine: machine, largestBatch: largestBatch))
    }
    guard let best = candidates.min(by: { $0.cost < $1.cost }) else { preconditionFailure("no schedule") }
    return .phases(self, best.0, best.1)
  }
}
