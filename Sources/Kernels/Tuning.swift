/// Which of the ways to compute a convolution is the fastest, as measured: what `apus tune` finds out.
package struct Tuning: Hashable, Sendable {
  /// Descriptions of algorithms, by the convolution that they are for.
  package var choices: [String: String]

  package init(choices: [String: String] = [:]) { self.choices = choices }
}

extension Convolution {
  /// What a tuning knows it by: all that its speed depends on, such as
  /// `c64 h56 w56 o64 h56 w56 k3x3 s1x1 d1x1 p1x1 g1 n8`, n being the largest batch.
  package func tuningKey(largestBatch: Int) -> String {
    "c\(input.channels) h\(input.rows) w\(input.columns) o\(output.channels) h\(output.rows) w\(output.columns)"
      + " k\(kernelRows)x\(kernelColumns) s\(rowStride)x\(columnStride) d\(rowDilation)x\(columnDilation)"
      + " p\(paddingTop)x\(paddingLeft) g\(groups) n\(largestBatch)"
  }

  /// All that a tuning chooses among: what the cost model chooses, then the others, the cheapest first.
  package func algorithms(machine: Machine, largestBatch: Int, isExact: Bool) -> [Algorithm] {
    if !isExact, let split = PhaseSplit(self, lanes: machine.vectorLanes) {
      let cheapest = split.cheapestAlgorithm(machine: machine, largestBatch: largestBatch)
      let all = split.winograds(machine: machine, largestBatch: largestBatch).map { Algorithm.phases(split, $0, $1) }
      return [cheapest] + all.filter { $0 != cheapest }
    }
    var others = candidates(machine: machine, largestBatch: largestBatch).map { schedule in
      (algorithm: Algorithm.direct(schedule), cost: cost(of: schedule, on: machine))
    }
    if !isExact, Winograd.applies(to: self) {
      for problem in Winograd.problems(self) {
        others += problem.schedules(machine: machine, largestBatch: largestBatch).map { schedule in
          (.winograd(problem, schedule), problem.cost(of: schedule, machine: machine, largestBatch: largestBatch))
        }
      }
    }
    if !isExact, Strassen.applies(to: self) {
      let problem = Strassen(self)
      others += problem.schedules(machine: machine).map { schedule in
        (.strassen(problem, schedule), problem.cost(of: schedule, machine: machine, largestBatch: largestBatch))
      }
    }
    let cheapest = cheapestAlgorithm(machine: machine, largestBatch: largestBatch, isExact: isExact)
    let ordered = others.enumerated()
      .sorted { ($0.element.cost, $0.offset) < ($1.element.cost, $1.offset) }.map(\.element.algorithm)
    return [cheapest] + ordered.filter { $0 != cheapest }
  }

  /// What the machine's tuning says, where that is a candidate still.
  func tunedAlgorithm(machine: Machine, largestBatch: Int, isExact: Bool) -> Algorithm? {
    guard let choice = machine.tuning.choices[tuningKey(largestBatch: largestBatch)] else { return nil }
    return algorithms(machine: machine, largestBatch: largestBatch, isExact: isExact)
      .first { $0.description == choice }
  }
}

extension Convolution.Algorithm: CustomStringConvertible {
  package var description: String {
    switch self {
    case .direct(let schedule): schedule.description
    case .winograd(let problem, let schedule): Self.description(problem, schedule)
    case .phases(_, let problem, let schedule): "phases, " + Self.description(problem, schedule)
    case .strassen(_, let schedule): "strassen, tiles \(schedule.tiling.tile.pixels)x\(schedule.tiling.tile.vectors)"
    }
  }

  private static func description(_ problem: Winograd, _ schedule: Winograd.Schedule) -> String {
    "winograd \(problem.vertical.outputs)x\(problem.horizontal.outputs)\(problem.hasNarrowTiles ? " and narrower" : "")"
      + ", tiles \(schedule.tile.pixels)x\(schedule.tile.vectors), blocks of "
      + (schedule.imagesPerBlock.map { "\($0)" } ?? "\(schedule.blockTiles) tiles")
      + " of \(schedule.imagesPerGroup) images, "
      + (schedule.isFused ? "one step" : "two steps")
  }
}

extension Convolution.Schedule: CustomStringConvertible {
  /// The tile, rows by columns by vectors, and the chunk, images by rows by tiles of channels:
  /// `direct 1x14x2, chunks 1x4x8`.
  package var description: String {
    "direct \(rowsPerTile)x\(tiling.tile.pixels)x\(tiling.tile.vectors)"
      + ", chunks \(imagesPerChunk)x\(rowsPerChunk)x\(channelTilesPerChunk)"
  }
}
