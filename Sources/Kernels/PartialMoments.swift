import LoopIR

/// Mean and sum of squared deviations from it (M2) of each channel over the parts of a batch, in memory:
/// [part][mean, M2][channels, up to whole vectors]. Parts are in a fixed order, and each knows how many pixels it counts.
///
/// Elements and parts are merged by the formula of Chan, Golub and LeVeque (1979): no large squares are subtracted.
package struct PartialMoments: Hashable, Sendable {
  /// How a batch divides into parts.
  package enum Parts: Hashable, Sendable {
    /// Groups of so many images; the last may be smaller.
    case images(Int)
    /// Bands of so many rows of each image; the last may be smaller.
    case rows(Int)
  }

  package var parts: Parts
  /// Of an image.
  package var rows: Int
  package var columns: Int
  /// Vectors of channels.
  package var vectorCount: Int
  package var lanes: Int

  package init(over layout: ImageLayout, in parts: Parts, lanes: Int) {
    self.parts = parts
    self.lanes = lanes
    rows = layout.rows
    columns = layout.columns
    vectorCount = (layout.channels + lanes - 1) / lanes
  }

  /// Elements of one part.
  package var elementCount: Int { 2 * vectorCount * lanes }

  package func byteCount(batch: Int) -> Int {
    let partCount =
      switch parts {
      case .images(let count): (batch + count - 1) / count
      case .rows: batch * bandCount
      }
    return 4 * partCount * elementCount
  }

  /// Parts of an image that is cut into bands.
  var bandCount: Int {
    switch parts {
    case .images: 1
    case .rows(let count): (rows + count - 1) / count
    }
  }

  /// Where the mean of a vector of channels is, and where its M2.
  func places(part: Index, vector: Index) -> (mean: Index, deviations: Index) {
    let mean = part * .constant(elementCount) + vector * .constant(lanes)
    return (mean, mean + .constant(vectorCount * lanes))
  }

  private var partCount: Index {
    switch parts {
    case .images(let count): (.batch + .constant(count - 1)) / count
    case .rows: .batch * .constant(bandCount)
    }
  }

  /// Pixels of the parts before one; of all where it is one behind the last.
  private func pixels(before part: Index) -> Index {
    switch parts {
    case .images(let count): return .min(part * .constant(count), .batch) * .constant(rows * columns)
    case .rows(let count):
      let row = (part % bandCount) * .constant(count)
      return (part / bandCount) * .constant(rows * columns) + row * .constant(columns)
    }
  }

  // MARK: Combination

  /// Chunks of the combination, whatever the batch: vectors of channels.
  package var combinationChunkCount: Int { vectorCount }

  /// The kernel that merges the parts in their order, in f64; one chunk is a vector of channels.
  /// Operands: partials, mean, variance (biased), sample variance (unbiased; 0 of a single element).
  package func combinationKernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let partials = builder.buffer("partials", .f32, .read)
    let results = ["mean", "variance", "sampleVariance"].map { builder.buffer($0, .f32, .write) }
    let zero = Expression.constant(0, ValueType(.f64, lanes: lanes))
    let (mean, deviations) = (builder.register(zero), builder.register(zero))
    func number(_ index: Index) -> Expression { .convert(.index(index), to: .f64) }
    builder.loop("part", to: partCount) { builder, part in
      let places = places(part: part, vector: .chunk)
      func partial(_ place: Index) -> Expression {
        .convert(builder.load(partials, at: place, lanes: lanes), to: .f64)
      }
      let (before, after) = (pixels(before: part), pixels(before: part + 1))
      let share = builder.bind(number(after - before) / number(after))
      let weight = builder.bind(number(before) * share)
      let difference = builder.bind(partial(places.mean) - .register(mean))
      builder.assign(mean, .register(mean) + difference * .splat(share, lanes: lanes))
      builder.assign(
        deviations,
        .register(deviations) + partial(places.deviations) + difference * difference * .splat(weight, lanes: lanes))
    }
    let total = Index.batch * .constant(rows * columns)
    let count = builder.bind(number(total))
    let ofSample = builder.bind(number(.max(total - 1, 1)))
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

extension PartialMoments {
  /// Begins a part: nothing is counted of a vector of channels.
  func clear(_ partials: BufferID, part: Index, vector: Index, in builder: inout KernelBuilder) {
    let (mean, deviations) = places(part: part, vector: vector)
    for place in [mean, deviations] { builder.store(.constant(0, .f32(lanes)), to: partials, at: place) }
  }

  /// Takes pixels into a part: their own mean and M2 first, then, with n of them behind k others whose mean is d away,
  /// mean += d n / (k + n) and M2 += M2 of theirs + d^2 k n / (k + n).
  ///
  /// The pixels are read from where they were just stored: sums that stayed in registers would take those that the loops
  /// before need.
  /// - Parameters:
  ///   - pixels: Where a vector of channels of each is.
  ///   - count: How many pixels the part counts so far.
  func add(
    _ pixels: [Index], of tensor: BufferID, to partials: BufferID, part: Index, vector: Index, behind count: Index,
    in builder: inout KernelBuilder
  ) {
    let size = Expression.constant(Double(pixels.count), .f32)
    let sum = emitSum(over: pixels, of: tensor, in: &builder) { sum, pixel, _ in sum.map { $0 + pixel } ?? pixel }
    let ofTile = builder.bind(sum * .constant(1 / Double(pixels.count), .f32(lanes)))
    let squares = emitSum(over: pixels, of: tensor, in: &builder) { sum, pixel, builder in
      let difference = builder.bind(pixel - ofTile)
      return sum.map { .fusedMultiplyAdd(difference, difference, $0) } ?? difference * difference
    }
    let share = builder.bind(size / .convert(.index(count + .constant(pixels.count)), to: .f32))
    let weight = builder.bind(.splat(.convert(.index(count), to: .f32) * share, lanes: lanes))
    let places = places(part: part, vector: vector)
    let mean = builder.bind(builder.load(partials, at: places.mean, lanes: lanes))
    let deviations = builder.load(partials, at: places.deviations, lanes: lanes)
    let difference = builder.bind(ofTile - mean)
    builder.store(.fusedMultiplyAdd(difference, .splat(share, lanes: lanes), mean), to: partials, at: places.mean)
    builder.store(
      .fusedMultiplyAdd(difference * difference, weight, deviations + squares), to: partials,
      at: places.deviations)
  }

  /// A sum over pixels, made as several side by side, so that they hide each other's latency.
  private func emitSum(
    over pixels: [Index], of tensor: BufferID, in builder: inout KernelBuilder,
    _ add: (_ sum: Expression?, _ pixel: Expression, _ builder: inout KernelBuilder) -> Expression
  ) -> Expression {
    builder.forgetLoads()
    var sums = [Expression?](repeating: nil, count: 4)
    for (number, place) in pixels.enumerated() {
      let pixel = builder.load(tensor, at: place, lanes: lanes)
      sums[number % sums.count] = builder.bind(add(sums[number % sums.count], pixel, &builder))
    }
    return builder.bind(emitTotal(sums.compactMap(\.self)))
  }
}
