import LoopIR

/// Mean and variance of each channel over a batch.
///
/// Each group of images makes its mean and its sum of squared deviations from it (M2), part by part, each part of rows
/// read twice while it is in L1. Parts and groups are merged by the formula of Chan, Golub and LeVeque (1979): no large
/// squares are subtracted.
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

  /// Elements of one group's partial results: [mean, M2][channels, up to whole vectors].
  package var partialElementCount: Int { 2 * chunks.vectorCount * lanes }

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
      let place = group * .constant(partialElementCount) + vector * .constant(lanes)
      builder.store(.register(mean), to: partials, at: place)
      builder.store(.register(deviations), to: partials, at: place + .constant(chunks.vectorCount * lanes))
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

  /// Chunks of the second kernel, whatever the batch: vectors of channels.
  package var combinationChunkCount: Int { chunks.vectorCount }

  /// The kernel that merges partial results in the order of the groups, in f64; one chunk is a vector of channels.
  /// Operands: partials, mean, variance (biased), sample variance (unbiased; 0 of a single element).
  package func combinationKernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let partials = builder.buffer("partials", .f32, .read)
    let results = ["mean", "variance", "sampleVariance"].map { builder.buffer($0, .f32, .write) }
    let zero = Expression.constant(0, ValueType(.f64, lanes: lanes))
    let (mean, deviations) = (builder.register(zero), builder.register(zero))
    let pixels = Index.constant(input.rows * input.columns)
    func number(_ index: Index) -> Expression { .convert(.index(index), to: .f64) }
    let groups = (Index.batch + .constant(chunks.imagesPerChunk - 1)) / chunks.imagesPerChunk
    builder.loop("group", to: groups) { builder, group in
      let place = group * .constant(partialElementCount) + .chunk * .constant(lanes)
      func partial(_ offset: Int) -> Expression {
        .convert(builder.load(partials, at: place + .constant(offset), lanes: lanes), to: .f64)
      }
      let images = chunks.images(of: group)
      let count = builder.bind(number((images.to - images.from) * pixels))
      let share = builder.bind(count / number(images.to * pixels))
      let weight = builder.bind(number(images.from * pixels) * share)
      let difference = builder.bind(partial(0) - .register(mean))
      builder.assign(mean, .register(mean) + difference * .splat(share, lanes: lanes))
      builder.assign(
        deviations,
        .register(deviations) + partial(chunks.vectorCount * lanes)
          + difference * difference * .splat(weight, lanes: lanes))
    }
    let count = builder.bind(number(.batch * pixels))
    let ofSample = builder.bind(number(.max(.batch * pixels - 1, 1)))
    let moments: [Expression] = [
      .register(mean), .register(deviations) / .splat(count, lanes: lanes),
      .register(deviations) / .splat(ofSample, lanes: lanes),
    ]
    for (result, moment) in zip(results, moments) {
      builder.store(.convert(moment, to: .f32), to: result, at: .chunk * .constant(lanes))
    }
    return builder.kernel(named: name)
  }
}
