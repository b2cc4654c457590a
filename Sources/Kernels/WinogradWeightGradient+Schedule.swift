extension WinogradWeightGradient {
  /// Sums of up to four times L2 are made by each group of images; larger ones once, block by block.
  package func schedule(machine: Machine, largestBatch: Int) -> Schedule {
    let tile = problem.tile(machine, mostTaps: 1)
    let sums = sums(outputBlocks: problem.gradient.blockCount, inputBlocks: problem.filter.inputBlocks)
    let byteCount = 4 * sums.elementCount
    guard byteCount <= 4 * machine.level2ByteCount else {
      return Schedule(tile: tile, division: filters(tile: tile, machine: machine))
    }
    // A group's sums are made, read and added once: that many tiles pay for it.
    let groups = max(1, min(16, largestBatch * tileCount / 64))
    return Schedule(
      tile: tile,
      division: .images(perChunk: (largestBatch + groups - 1) / groups, blockTiles: wholeImages(ofTiles: 32)))
  }

  /// Blocks of the filter whose sums take a third of L2, of two blocks of inputs.
  private func filters(tile: BackwardWeights.Tile, machine: Machine) -> Division {
    let inputBlocks = min(2, problem.filter.inputBlocks)
    let sums = sums(outputBlocks: tile.vectors, inputBlocks: inputBlocks)
    let most = machine.level2ByteCount / 3 / (4 * sums.elementCount)
    return .filters(
      outputTiles: max(1, min(most, problem.gradient.blockCount / tile.vectors)), inputBlocks: inputBlocks,
      tilesPerSum: wholeImages(ofTiles: 256))
  }

  /// The step that multiplies.
  package func mainStep(_ schedule: Schedule) -> Int {
    if case .images = schedule.division { 0 } else { 1 }
  }

  /// Cycles of a batch on one thread: fitted to the 3x3 convolutions of CIFAR's ResNets at batch 128, and of ResNet-18
  /// and 50 at batch 16, on a Zen 4 core (docs/performance.md).
  func cost(_ schedule: Schedule, machine: Machine, largestBatch: Int) -> Double {
    let (outputs, inputs) = (problem.gradient.blockCount, problem.filter.inputBlocks * problem.filter.inputBlock)
    let tileProducts = parts.map(\.grid.productCount).reduce(0, +)
    let products = Double(largestBatch * tileProducts * outputs * inputs) * 1.18
    let isKept = if case .filters = schedule.division { true } else { false }
    // Transformed tiles that are kept go to memory and back.
    let transformed = tileProducts * problem.input.blockCount + grid.productCount * outputs
    let transforms = Double(largestBatch * transformed) * (isKept ? 27 : 10)
    let sums = Double(groupCount(schedule, batch: largestBatch) * positionCount * outputs * inputs) * 6
    return (products + transforms + sums) * machine.cyclesPerVector
  }
}

extension BackwardWeights {
  /// How a gradient is computed.
  package enum Algorithm: Hashable, Sendable {
    case direct(Schedule)
    case winograd(WinogradWeightGradient, WinogradWeightGradient.Schedule)
  }

  /// The algorithm that costs least: a pure function of the problem, the machine and the largest batch.
  /// - Parameter isExact: Whether only products of inputs and gradients are summed.
  package func algorithm(machine: Machine, largestBatch: Int, isExact: Bool) -> Algorithm {
    let direct = Algorithm.direct(schedule(machine: machine, largestBatch: largestBatch))
    guard !isExact else { return direct }
    let candidates = WinogradWeightGradient.problems(self).map { winograd in
      let schedule = winograd.schedule(machine: machine, largestBatch: largestBatch)
      let cost = winograd.cost(schedule, machine: machine, largestBatch: largestBatch)
      return (cost: cost, algorithm: Algorithm.winograd(winograd, schedule))
    }
    guard let best = candidates.min(by: { $0.cost < $1.cost }) else { return direct }
    return best.cost < cost(machine: machine, largestBatch: largestBatch) ? best.algorithm : direct
  }

  /// Cycles of a batch on one thread by direct summation, comparable with those of Winograd's algorithm.
  private func cost(machine: Machine, largestBatch: Int) -> Double {
    let taps = rows.kernel * columns.kernel
    let steps = largestBatch * gradient.rows * gradient.columns * taps * gradient.blockCount
    return Double(steps * filter.inputBlocks * filter.inputBlock) * machine.cyclesPerVector * 1.04
  }
}

extension WinogradWeightGradient {
  /// The gradient with each pair of transforms, and with narrow tiles where they save products; none where the algorithm
  /// does not apply.
  static func problems(_ problem: BackwardWeights) -> [WinogradWeightGradient] {
    guard applies(to: problem) else { return [] }
    func transforms(_ axis: Convolution.Axis) -> [WinogradTransform] {
      axis.stride == 1 ? [.two, .four] : [.fourOfTwo, .fiveOfTwo]
    }
    let mayNarrow = problem.rows.stride == 1 && problem.columns.stride == 1
    return transforms(problem.rows).flatMap { vertical in
      transforms(problem.columns).flatMap { horizontal in
        let wide = WinogradWeightGradient(problem, vertical: vertical, horizontal: horizontal)
        guard mayNarrow else { return [wide] }
        var narrow = wide
        narrow.hasNarrowTiles = true
        return narrow.grid.productCount < wide.grid.productCount ? [wide, narrow] : [wide]
      }
    }
  }
}
