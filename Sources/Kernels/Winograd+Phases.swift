import LoopIR

/// A convolution of stride 2 is a sum of four without a stride: the image's even and odd rows and columns are phases, each of
/// which meets every other tap. Transformed, phases are channels like any others. Where a kernel has an odd number of taps,
/// odd phases have one less, and no product at infinity, which multiplies with the last: 81 products for 16 outputs of a
/// 3x3 kernel, and not 100.
extension Winograd {
  /// Whether the stride is one that splits an image into phases: blocks must be whole, and filters constant.
  static func hasPhases(_ problem: Convolution) -> Bool {
    switch (problem.rowStride, problem.columnStride) {
    case (1, 1): true
    case (2, 2): problem.filter == nil && problem.input.channels % problem.input.channelBlock == 0
    default: false
    }
  }

  /// The most taps that a phase has.
  static func taps(ofRows problem: Convolution) -> Int {
    (problem.kernelRows + problem.rowStride - 1) / problem.rowStride
  }

  static func taps(ofColumns problem: Convolution) -> Int {
    (problem.kernelColumns + problem.columnStride - 1) / problem.columnStride
  }

  /// Of rows, and as many of columns.
  var phaseCount: Int { convolution.rowStride }

  /// Blocks of the transformed input: [row phase][column phase][channel block].
  var inputBlockCount: Int { phaseCount * phaseCount * convolution.input.blockCount }

  /// Channels of the transformed input.
  var inputChannelCount: Int { phaseCount * phaseCount * convolution.input.channels }

  /// How phases along an axis meet its positions.
  struct PhaseAxis {
    let phaseCount: Int
    /// Phases with a product at infinity, the last position: the first ones.
    let fullCount: Int
    let positionCount: Int

    /// Products of a tile, of all phases.
    var productCount: Int { (positionCount - 1) * phaseCount + fullCount }

    func count(at position: Index) -> Index { .constant(phaseCount) - missingCount(at: position) }

    /// Phases that have no product at a position.
    func missingCount(at position: Index) -> Index {
      guard fullCount < phaseCount else { return 0 }
      let isInfinity = Index.max(position - .constant(positionCount - 2), 0)
      return isInfinity * .constant(phaseCount - fullCount)
    }
  }

  var rowPhases: PhaseAxis { phases(kernel: convolution.kernelRows, vertical) }
  var columnPhases: PhaseAxis { phases(kernel: convolution.kernelColumns, horizontal) }

  private func phases(kernel: Int, _ transform: WinogradTransform) -> PhaseAxis {
    let rest = kernel % phaseCount
    return PhaseAxis(
      phaseCount: phaseCount, fullCount: rest == 0 ? phaseCount : rest, positionCount: transform.positionCount)
  }

  /// The whole blocks of the transformed input that have products at a position.
  struct ChannelBlocks {
    let count: Index
    /// Of those, how many are of one row phase, and what lies between them and the next row phase's.
    fileprivate let perRowPhase: Int
    fileprivate let skipped: Index

    /// Where the block of a number is among all.
    func place(of number: Index) -> Index {
      skipped.constantValue == 0 ? number : number + number / perRowPhase * skipped
    }
  }

  func channelBlocks(atRow row: Index, column: Index) -> ChannelBlocks {
    let whole = convolution.input.channels / convolution.input.channelBlock
    return ChannelBlocks(
      count: rowPhases.count(at: row) * columnPhases.count(at: column) * .constant(whole),
      perRowPhase: max(1, columnPhases.fullCount * whole),
      skipped: columnPhases.missingCount(at: column) * .constant(whole))
  }
}
