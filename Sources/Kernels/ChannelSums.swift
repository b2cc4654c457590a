import LoopIR

/// Sums over a batch's positions, by channel: of one number or several that each position gives. What positions give is
/// computed as in an `ElementwiseKernel`, and may be stored too, so that a sweep and the sums of what it makes are one.
///
/// Each group of images makes partial sums, [group][sum][channels, up to whole vectors]; `PartialSum`, or what needs
/// them, adds them up.
package struct ChannelSums: Hashable, Sendable {
  package var operands: [ElementwiseKernel.Operand]
  /// The positions, and how what they give lies in memory where it is stored.
  package var layout: ImageLayout
  package var storesValue: Bool
  package var sumCount: Int
  package var lanes: Int
  package var chunks: ReductionChunks

  package init(
    operands: [ElementwiseKernel.Operand], layout: ImageLayout, storesValue: Bool = false, sumCount: Int, lanes: Int,
    largestBatch: Int
  ) {
    self.operands = operands
    self.layout = layout
    self.storesValue = storesValue
    self.sumCount = sumCount
    self.lanes = lanes
    chunks = ReductionChunks(over: layout, lanes: lanes, largestBatch: largestBatch)
  }

  /// What a position gives: the lanes to store, and those to add up.
  package struct Lanes {
    package var value: Expression?
    package var summands: [Expression]

    package init(value: Expression? = nil, summands: [Expression]) {
      self.value = value
      self.summands = summands
    }
  }

  /// Elements of one group's partial sums.
  package var partialElementCount: Int { sumCount * chunks.vectorCount * lanes }

  /// Columns whose sums are made side by side, so that additions hide each other's latency.
  private static let unrolledColumns = 4

  /// The kernel: one chunk is a group of images by a band of channels. Operands in order, the stored value (where there
  /// is one), partial sums. `compute` writes what a position gives.
  package func kernel(
    named name: String, compute: (_ operands: [Expression], _ builder: inout KernelBuilder) -> Lanes
  ) -> Kernel {
    var builder = KernelBuilder()
    let inputs = operands.enumerated().map { position, operand in
      switch operand {
      case .perChannel: builder.buffer("operand\(position)", .f32, .read)
      case .tensor(let layout):
        builder.buffer("operand\(position)", .f32, .read, alignment: layout.byteAlignment, aliasSet: 0)
      }
    }
    let value =
      storesValue ? builder.buffer("value", .f32, .write, alignment: layout.byteAlignment, aliasSet: 0) : nil
    let partials = builder.buffer("partials", .f32, .write)
    let zero = Expression.constant(0, .f32(lanes))
    chunks.emit(in: &builder) { builder, group, vector in
      let sweep = Sweep(problem: self, inputs: inputs, value: value, vector: vector, in: &builder)
      let totals = (0..<sumCount).map { _ in builder.register(zero) }
      let images = chunks.images(of: group)
      builder.loop("image", from: images.from, to: images.to) { builder, image in
        let sums = (0..<sumCount).map { _ in (0..<Self.unrolledColumns).map { _ in builder.register(zero) } }
        builder.loop("row", to: .constant(layout.rows)) { builder, row in
          emitColumns(layout.columns, unrolling: Self.unrolledColumns, in: &builder) { builder, column, number in
            let summands = sweep.emit(image, row, column, compute, in: &builder)
            for (sum, summand) in zip(sums, summands) {
              builder.assign(sum[number], .register(sum[number]) + summand)
            }
          }
          sweep.emitHalo(image, row, in: &builder)
        }
        for (total, sum) in zip(totals, sums) { builder.assign(total, .register(total) + emitTotal(sum)) }
      }
      for (number, total) in totals.enumerated() {
        let place =
          group * .constant(partialElementCount) + .constant(number * chunks.vectorCount * lanes)
          + vector * .constant(lanes)
        builder.store(.register(total), to: partials, at: place)
      }
    }
    return builder.kernel(named: name)
  }

  /// One vector of channels on its way over the positions.
  private struct Sweep {
    let problem: ChannelSums
    let inputs: [BufferID]
    let value: BufferID?
    let vector: Index
    /// Lanes up to the last channel; nil where all are.
    let mask: Expression?
    let channelOperands: [Expression?]

    init(
      problem: ChannelSums, inputs: [BufferID], value: BufferID?, vector: Index, in builder: inout KernelBuilder
    ) {
      (self.problem, self.inputs, self.value, self.vector) = (problem, inputs, value, vector)
      let lanes = problem.lanes
      let channels = problem.layout.channels
      mask =
        channels % lanes == 0
        ? nil : builder.bind(.firstLanes(.constant(channels) - vector * .constant(lanes), lanes: lanes))
      channelOperands = zip(problem.operands, inputs).map { operand, buffer in
        guard operand == .perChannel else { return nil }
        return builder.bind(builder.load(buffer, at: vector * .constant(lanes), lanes: lanes))
      }
    }

    /// Computes a position, stores its value, and returns what is to be added up.
    func emit(
      _ image: Index, _ row: Index, _ column: Index,
      _ compute: (_ operands: [Expression], _ builder: inout KernelBuilder) -> Lanes, in builder: inout KernelBuilder
    ) -> [Expression] {
      let lanes = problem.lanes
      func place(_ layout: ImageLayout) -> Index {
        layout.index(image: image, vector: vector, row: row, column: column, lanes: lanes)
      }
      let values = zip(problem.operands, inputs).enumerated().map { position, pair -> Expression in
        guard case .tensor(let layout) = pair.0 else { return channelOperands[position] ?? .constant(0, .f32(lanes)) }
        return builder.bind(
          builder.load(pair.1, at: place(layout), lanes: lanes, mask: layout.isBlocked ? nil : mask))
      }
      let result = compute(values, &builder)
      func real(_ lanes: Expression) -> Expression {
        mask.map { .select($0, lanes, .constant(0, lanes.type)) } ?? lanes
      }
      if let value, let stored = result.value {
        builder.store(
          real(stored), to: value, at: place(problem.layout), mask: problem.layout.isBlocked ? nil : mask)
      }
      return result.summands.map(real)
    }

    func emitHalo(_ image: Index, _ row: Index, in builder: inout KernelBuilder) {
      guard let value else { return }
      for column in problem.layout.haloColumns {
        let place = problem.layout.index(
          image: image, vector: vector, row: row, column: .constant(column), lanes: problem.lanes)
        builder.store(.constant(0, .f32(problem.lanes)), to: value, at: place)
      }
    }
  }
}
