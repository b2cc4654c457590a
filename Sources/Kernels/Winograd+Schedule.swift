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
    let mostVectors = min(convolution.output.blockCount, machine.vectorRegisterCount == 32 ? 6 : 4)
    return (1...mostVectors).flatMap { vectors in
      [true, false].flatMap { isFused in
        // Tiles of a block that L2 has room for, transformed and multiplied.
        let vectorsOfTile = vectors + (isFused ? convolution.input.blockCount : 0)
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

  /// Register tiles of all positions of an image, for each tile of output channels.
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

  /// Cycles of one image on one thread, comparable with a direct convolution's: fitted to the 3x3 convolutions of
  /// ResNet-18 and 50 on two Zen 4 cores (docs/performance.md).
  package func cost(of schedule: Schedule, machine: Machine, largestBatch: Int) -> Double {
    let width = Double(machine.vectorLanes) / 16
    let tile = schedule.tile
    let (input, output) = (convolution.input, convolution.output)
    let inputs = input.blockCount == 1 ? input.channels : input.blockCount * machine.vectorLanes
    let images = Double(schedule.imagesPerGroup)
    let registerTiles = registerTileCount(schedule) / Double(positionCount)
    let passes = passCount(schedule, machine)
    func productCycles(vectors: Int) -> Double {
      let sums = Double(tile.pixels * vectors)
      let loads = vectors > 1 ? 1 : machine.broadcastsFromMemory ? 1.04 : 1.3
      let step = max(loads * sums * width, 4) + 0.7
      let againInPass = Double(passes - 1) * (sums * width + 10)
      return registerTiles * Double(positionCount) * (Double(inputs) * step + 2 * sums + 30 + againInPass)
    }
    let products =
      Double(schedule.fullChannelTiles) * productCycles(vectors: tile.vectors)
      + (schedule.tailVectors > 0 ? productCycles(vectors: schedule.tailVectors) : 0)

    let transforms = Double(grid.productCount * (input.blockCount + output.blockCount)) * 6.5 * width

    // Lines of 64 bytes: filters again for each block or register tile, which costs little where L1 keeps those of a
    // position, in vectors of 16, or of a pass; transformed tiles once for each tile of output channels.
    let filterLines = Double(filterElementCount * 4) / 64
    let isFilterNear = filterLines * 64 <= Double(machine.level2ByteCount) * 0.6
    let again = schedule.isFused && !isFilterNear ? 2.5 : 1.0
    let isPositionNear = passes > 1 || 64 * inputs * tile.vectors <= machine.level1ByteCount / 2
    let filters = (isPositionNear ? 0.3 : 1) * filterLines * again * registerTiles
    let inputLines = Double(transformedInput(schedule).elementCount * 4) / 64
    let isInputNear = inputLines * 64 <= Double(machine.level2ByteCount) / 2
    let tiles = (schedule.isFused ? Double(blockCount(schedule)) : 1) * inputLines / images
    let reading = tiles * Double(schedule.channelTileCount) * (isInputNear ? 0.5 : 2)
    // Transformed tiles of a large batch do not stay in a cache from one step to the next.
    let isFar = !schedule.isFused && tiles * 64 * Double(largestBatch) > 4 * Double(machine.level2ByteCount)
    let keeping = isFar ? 14 * tiles : 0
    // A filter under training is transformed once a run.
    let writing = isFilterNear || schedule.transformsFilters ? 6.0 : 25
    let filterTransform = convolution.filter == nil ? 0 : filterLines * writing / Double(largestBatch)
    let near = products + transforms + filters + reading + keeping + filterTransform
    // Large filters are in no cache any more when the next group of images needs them.
    let isFilterKept = filterLines * 64 <= 16 * Double(machine.level2ByteCount)
    return Self.cycles(
      near, filterLines: filterLines, images: isFilterKept ? min(largestBatch, 8) : schedule.imagesPerGroup)
  }

  /// Cycles of work on data in caches, with lines of filters that come from memory meanwhile, once for some images.
  static func cycles(_ near: Double, filterLines: Double, images: Int) -> Double {
    let far = memoryCycles * filterLines / Double(images)
    return max(near, far) + 0.15 * min(near, far)
  }

  /// Of one line, from memory that no other thread reads.
  private static let memoryCycles = 8.0

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
    let filterLines = Double(input.channels * output.channels * kernelRows * kernelColumns * 4) / 64
    var best = Algorithm.direct(direct)
    var least = Winograd.cycles(
      cost(of: direct, on: machine), filterLines: filterLines, images: min(largestBatch, 8))
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
