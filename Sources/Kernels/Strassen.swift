import LoopIR

/// A 1x1 convolution by one level of Strassen's algorithm, in Winograd's form: a matrix of pixels by inputs, times one
/// of inputs by outputs. Halves of each extent make seven products, where direct multiplication has eight. The halves
/// of the pixels are the even and the odd ones of each row, so that a pixel depends on its neighbour, and never on
/// another image; those of the channels are the first and the last.
package struct Strassen: Hashable, Sendable {
  package var convolution: Convolution

  package init(_ convolution: Convolution) {
    precondition(Self.applies(to: convolution), "Strassen's algorithm does not apply")
    self.convolution = convolution
  }

  /// Whether the algorithm computes a convolution: one tap and no padding, rows of whole pairs, halves of the channels
  /// that are whole vectors.
  package static func applies(to problem: Convolution) -> Bool {
    func divides(_ image: ImageLayout) -> Bool { image.isBlocked && image.channels % (2 * image.channelBlock) == 0 }
    return problem.kernelRows == 1 && problem.kernelColumns == 1 && problem.paddingTop == 0 && problem.paddingLeft == 0
      && problem.groups == 1 && problem.sums == .f32
      && problem.rowPhase == .all && problem.columnPhase == .all
      && divides(problem.input) && divides(problem.output) && problem.output.columns % 2 == 0
  }

  /// How a row, which is a chunk, divides into tiles: a pure function of the problem and the machine.
  package struct Schedule: Hashable, Sendable {
    /// Of pairs of pixels, and of vectors that divide a half of the output channels.
    package var tiling: RowTiling

    package init(tiling: RowTiling) { self.tiling = tiling }
  }

  /// Pairs of a row, blocks of a half of the input channels, vectors of a half of the outputs.
  var pairs: Int { convolution.output.columns / 2 }
  var inputBlocks: Int { convolution.input.blockCount / 2 }
  var outputVectors: Int { convolution.output.blockCount / 2 }

  /// Chunks of an image.
  package var chunkCount: Int { convolution.output.rows }

  /// What an epilogue gathers: the moments of each row.
  package var moments: PartialMoments {
    PartialMoments(over: convolution.output, in: .rows(1), lanes: convolution.output.channelBlock)
  }

  /// f32 elements that a thread needs for itself: sums of a row's inputs, and what a tile keeps of its products.
  package func scratchElementCount(_ schedule: Schedule) -> Int {
    let tile = schedule.tiling.tile
    return inputSums.elementCount + 2 * tile.pixels * tile.vectors * convolution.output.channelBlock
  }

  /// The sums of a row's inputs, by `InputSum`.
  var inputSums: TileLayout {
    TileLayout(
      positions: InputSum.allCases.count, blocks: inputBlocks, tiles: pairs, lanes: convolution.input.channelBlock)
  }
}

// MARK: Products

extension Strassen {
  /// What inputs of a pair are added up to before they are multiplied.
  enum InputSum: Int, CaseIterable {
    /// Both halves of the odd pixel.
    case odd
    /// These without the first half of the even one.
    case difference
    /// The first half of the even pixel without that of the odd one.
    case first
    /// The second half of the even pixel without `difference`.
    case second
  }

  /// One of the seven products, in the order in which they are computed.
  enum Product: Int, CaseIterable {
    case evenFirst, evenSecond, difference, first, oddSecond, odd, second

    /// What it multiplies: a half of the channels of a pixel of the pair, or a sum.
    enum Input {
      case pixel(isOdd: Bool, half: Int)
      case sum(InputSum)
    }

    var input: Input {
      switch self {
      case .evenFirst: .pixel(isOdd: false, half: 0)
      case .evenSecond: .pixel(isOdd: false, half: 1)
      case .difference: .sum(.difference)
      case .first: .sum(.first)
      case .oddSecond: .pixel(isOdd: true, half: 1)
      case .odd: .sum(.odd)
      case .second: .sum(.second)
      }
    }

    /// With what: factors of the filter's quarters, by the half of the inputs, then by that of the outputs.
    var filter: [[Double]] {
      switch self {
      case .evenFirst: [[1, 0], [0, 0]]
      case .evenSecond: [[0, 0], [1, 0]]
      case .difference: [[1, -1], [0, 1]]
      case .first: [[0, -1], [0, 1]]
      case .oddSecond: [[-1, 1], [1, -1]]
      case .odd: [[-1, 1], [0, 0]]
      case .second: [[0, 0], [0, 1]]
      }
    }
  }
}
