import LoopIR

/// Mean and variance of each channel over a batch.
///
/// Each group of images makes its mean and its sum of squared deviations from it (M2), part by part, each part of rows
/// read twice while it is in L1. Parts are merged as groups are, which `moments` merges.
package struct BatchStatistics: Hashable, Sendable {
  /// Blocked, or a plain vector.
  package var input: ImageLayout
  package var lanes: Int
  package var chunks: ReductionChunks

  package init(input: ImageLayout, lanes: Int, largestBatch: Int) {
    self.input = input
    self.lanes = lanes
    chunks = ReductionChunks(over: input, lanes: lanes, largestBatch: largestBatch)
  }

  /// The partial results, one of each group.
  package var moments: PartialMoments {
    PartialMoments(over: input, in: .images(chunks.imagesPerChunk), lanes: lanes)
  }

  private static let unrolledColumns = 4

  /// Rows of a part: equal parts of about a hundred pixels.
  private var rowsPerPart: Int {
    (1...input.rows).last { input.rows % $0 == 0 && $0 * input.columns <= 128 } ?? 1
  }

  /// The kernel of the partial results: one chunk is a group of images by a band of channels. Operands: input, partials.
  package func partialKernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let source = builder.buffer("input", .f32, .read, alignment: input.byteAlignment)
    let partials = builder.buffer("partials", .f32, .write)
    let zero = Expression.constant(0, .f32(lanes))
    let partsPerImage = input.rows / rowsPerPart
    let count = Double(rowsPerPart * input.columns)
    chunks.emit(in: &builder) { builder, group, vector in
      let mean = builder.register(zero)
      let deviations = builder.register(zero)
      let images = chunks.images(of: group)
      builder.loop("image", from: images.from, to: images.to) { builder, image in
        builder.loop("part", to: .constant(partsPerImage)) { builder, part in
          let (ofPart, deviationsOfPart) = emitPart(source, image, vector, part, in: &builder)
          // With k parts so far: mean += d / (k + 1), M2 += M2 of the part + d^2 count k / (k + 1).
          let merged = (image - images.from) * .constant(partsPerImage) + part
          let share = builder.bind(.constant(1, .f32) / .convert(.index(merged + 1), to: .f32))
          let weight = builder.bind(
            .splat(.convert(.index(merged), to: .f32) * share * .constant(count, .f32), lanes: lanes))
          let difference = builder.bind(ofPart - .register(mean))
          builder.assign(mean, .fusedMultiplyAdd(difference, .splat(share, lanes: lanes), .register(mean)))
          builder.assign(
            deviations,
            .fusedMultiplyAdd(difference * difference, weight, .register(deviations) + deviationsOfPart))
        }
      }
      let places = moments.places(part: group, vector: vector)
      builder.store(.register(mean), to: partials, at: places.mean)
      builder.store(.register(deviations), to: partials, at: places.deviations)
    }
    return builder.kernel(named: name)
  }

  /// Mean and M2 of some rows of a plane.
  private func emitPart(
    _ source: BufferID, _ image: Index, _ vector: Index, _ part: Index, in builder: inout KernelBuilder
  ) -> (mean: Expression, deviations: Expression) {
    let zero = Expression.constant(0, .f32(lanes))
    let mask: Expression? =
      input.isBlocked || input.channels % lanes == 0
      ? nil : builder.bind(.firstLanes(.constant(input.channels) - vector * .constant(lanes), lanes: lanes))
    func total(_ builder: inout KernelBuilder, of term: (Expression, inout KernelBuilder) -> Expression) -> Expression {
      let sums = (0..<Self.unrolledColumns).map { _ in builder.register(zero) }
      builder.loop("row", to: .constant(rowsPerPart)) { builder, row in
        emitColumns(input.columns, unrolling: Self.unrolledColumns, in: &builder) { builder, column, number in
          let place = input.index(
            image: image, vector: vector, row: part * .constant(rowsPerPart) + row, column: column, lanes: lanes)
          let value = term(builder.load(source, at: place, lanes: lanes, mask: mask), &builder)
          builder.assign(sums[number], .register(sums[number]) + value)
        }
      }
      return builder.bind(emitTotal(sums))
    }
    let sum = total(&builder) { value, _ in value }
    let mean = builder.bind(sum * .constant(1 / Double(rowsPerPart * input.columns), .f32(lanes)))
    let deviations = total(&builder) { value, builder in
      let difference = builder.bind(value - mean)
      return difference * difference
    }
    return (mean, deviations)
  }
}
