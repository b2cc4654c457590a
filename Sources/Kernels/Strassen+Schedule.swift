extension Strassen {
  /// Tiles that fit into registers, of as many vectors as divide a half of the output channels.
  func schedules(machine: Machine) -> [Schedule] {
    let mostVectors = machine.vectorRegisterCount == 32 ? 6 : 4
    return (1...mostVectors).filter { outputVectors % $0 == 0 }.map { vectors in
      let mostPixels = RegisterTile.mostPixels(vectors: vectors, machine: machine)
      return Schedule(tiling: RowTiling(columns: pairs, vectors: vectors, mostPixels: mostPixels))
    }
  }

  /// The one that costs least.
  package func schedule(machine: Machine, largestBatch: Int) -> Schedule {
    let candidates = schedules(machine: machine).map { schedule in
      (schedule, cost: cost(of: schedule, machine: machine, largestBatch: largestBatch))
    }
    guard let best = candidates.min(by: { $0.cost < $1.cost }) else {
      preconditionFailure("one vector divides any number")
    }
    return best.0
  }

  /// Cycles of one image on one thread, comparable with a direct convolution's: fitted to the 1x1 convolutions of
  /// ResNet-50 on Zen 4 and 5 (docs/performance.md).
  package func cost(of schedule: Schedule, machine: Machine, largestBatch: Int) -> Double {
    let width = machine.cyclesPerVector
    let tiling = schedule.tiling
    let inputs = Double(inputBlocks * machine.vectorLanes)
    let products = Double(Product.allCases.count)
    func tileCost(pairs: Int) -> Double {
      let sums = Double(pairs * tiling.tile.vectors)
      let tile = RegisterTile(pixels: pairs, vectors: tiling.tile.vectors)
      let step = tile.cyclesPerChannel(on: machine, singleVectorFactor: 1.3) + 0.7
      // Four outputs, and what is kept and taken up again. Those of a batch under training go to memory.
      let output = convolution.filter == nil ? 20.0 : 26
      return products * (inputs * step + 30) + output * sums * width
    }
    let narrow = tiling.narrowCount > 0 ? Double(tiling.narrowCount) * tileCost(pairs: tiling.tile.pixels - 1) : 0
    let tiles = Double(tiling.fullCount) * tileCost(pairs: tiling.tile.pixels) + narrow
    let inputSums = Double(pairs * inputBlocks) * 24 * width
    let row = Double(outputVectors / tiling.tile.vectors) * tiles + inputSums
    return Winograd.cycles(
      Double(convolution.output.rows) * row, filterBytes: filterElementCount * 4,
      images: Winograd.imagesThatShareFilters(largestBatch), on: machine)
  }
}

extension Convolution {
  /// The algorithm, where it costs less than direct convolution by more than the models may err.
  func strassen(orDirect direct: Schedule, machine: Machine, largestBatch: Int) -> Algorithm {
    let directCost = Winograd.cycles(
      cost(of: direct, on: machine), filterBytes: filterByteCount,
      images: Winograd.imagesThatShareFilters(largestBatch), on: machine)
    let problem = Strassen(self)
    let schedule = problem.schedule(machine: machine, largestBatch: largestBatch)
    let cost = problem.cost(of: schedule, machine: machine, largestBatch: largestBatch)
    return cost < 0.96 * directCost ? .strassen(problem, schedule) : .direct(direct)
  }
}
