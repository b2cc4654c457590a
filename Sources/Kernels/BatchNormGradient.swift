import LoopIR

/// The gradient of batch normalisation by the batch's own statistics, y = (x - mean) s weight + bias with
/// s = 1 / sqrt(variance + epsilon), over n elements a channel:
///
///     dbias = sum of dy,  dweight = sum of dy (x - mean) s
///     dx = weight s (dy - dbias / n - (x - mean) s dweight / n)
///
/// Three steps: `ChannelSums` with `summands`; the combination of what they give; a sweep with `lane`.
package struct BatchNormGradient: Hashable, Sendable {
  /// The normalised tensor.
  package var input: ImageLayout
  package var lanes: Int
  package var epsilon: Double
  package var chunks: ReductionChunks

  /// - Parameter chunks: Those of the sums that it combines.
  package init(input: ImageLayout, lanes: Int, epsilon: Double, chunks: ReductionChunks) {
    self.input = input
    self.lanes = lanes
    self.epsilon = epsilon
    self.chunks = chunks
  }

  /// What a position adds to the two sums: dy and dy (x - mean).
  package static func summands(gradient: Expression, x: Expression, mean: Expression) -> [Expression] {
    [gradient, gradient * (x - mean)]
  }

  /// dx at a position, from the coefficients of its channel.
  package static func lane(
    gradient: Expression, x: Expression, mean: Expression, scale: Expression, slope: Expression, offset: Expression
  ) -> Expression {
    .fusedMultiplyAdd(gradient, scale, .fusedMultiplyAdd(x - mean, slope, offset))
  }

  /// Chunks of the combination, whatever the batch: vectors of channels.
  package var combinationChunkCount: Int { chunks.vectorCount }

  /// The kernel that adds partial sums in the order of the groups, in f64; one chunk is a vector of channels.
  /// Operands: partials, weight, variance; dweight, dbias, and the coefficients of `lane`: scale, slope, offset.
  package func combinationKernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let partials = builder.buffer("partials", .f32, .read)
    let weight = builder.buffer("weight", .f32, .read)
    let variance = builder.buffer("variance", .f32, .read)
    let results = ["dweight", "dbias", "scale", "slope", "offset"].map { builder.buffer($0, .f32, .write) }
    let type = ValueType(.f64, lanes: lanes)
    let channel = Index.chunk * .constant(lanes)
    let sums = (0..<2).map { _ in builder.register(.constant(0, type)) }
    let groups = (Index.batch + .constant(chunks.imagesPerChunk - 1)) / chunks.imagesPerChunk
    let sumStride = chunks.vectorCount * lanes
    builder.loop("group", to: groups) { builder, group in
      for (number, sum) in sums.enumerated() {
        let place = group * .constant(2 * sumStride) + .constant(number * sumStride) + channel
        builder.assign(
          sum, .register(sum) + .convert(builder.load(partials, at: place, lanes: lanes), to: .f64))
      }
    }
    func parameter(_ buffer: BufferID) -> Expression {
      .convert(builder.load(buffer, at: channel, lanes: lanes), to: .f64)
    }
    let deviation = Expression.unary(.squareRoot, parameter(variance) + .constant(epsilon, type))
    let inverse = builder.bind(.constant(1, type) / deviation)
    let scale = builder.bind(parameter(weight) * inverse)
    let elementCount = Index.batch * .constant(input.rows * input.columns)
    let count = Expression.splat(.convert(.index(elementCount), to: .f64), lanes: lanes)
    let meanScale = builder.bind(.unary(.negate, scale / count))
    let weightGradient = builder.bind(.register(sums[1]) * inverse)
    let values: [Expression] = [
      weightGradient, .register(sums[0]), scale, meanScale * inverse * weightGradient,
      meanScale * .register(sums[0]),
    ]
    for (result, value) in zip(results, values) {
      builder.store(.convert(value, to: .f32), to: result, at: channel)
    }
    return builder.kernel(named: name)
  }
}
