extension Winograd {
  /// Transformed filters, U = G g G^T, computed in f64 and rounded once:
  /// [channel tile][position][input channel][vectors * lanes], zeros where there is no channel.
  package struct FilterPacking: ConstantPacking {
    package var problem: Winograd
    package var tileVectors: Int

    package init(_ problem: Winograd, _ schedule: Schedule) {
      self.problem = problem
      tileVectors = schedule.tile.vectors
    }

    private var inputs: Int { problem.filterRows }

    package var tunable: Convolution? { problem.convolution }

    package var elementCount: Int { problem.filterElementCount }

    package func pack(_ filter: UnsafeBufferPointer<Float>, into packed: UnsafeMutableBufferPointer<Float>) {
      packed.initialize(repeating: 0)
      let (input, output) = (problem.convolution.input, problem.convolution.output)
      let tileWidth = tileVectors * output.channelBlock
      let vertical = problem.vertical.filter.map { $0.map(\.value) }
      let horizontal = problem.horizontal.filter.map { $0.map(\.value) }
      let positions = problem.positionCount
      let kernelCount = problem.convolution.kernelRows * problem.convolution.kernelColumns
      var taps = [Float](repeating: 0, count: problem.vertical.taps * problem.horizontal.taps)
      withUnsafeTemporaryAllocation(of: Double.self, capacity: positions) { transformed in
        for channel in 0..<output.channels {
          let tile = channel / tileWidth
          let width = min(tileWidth, output.blockCount * output.channelBlock - tile * tileWidth)
          let start = tile * tileWidth * positions * inputs + channel % tileWidth
          for source in 0..<problem.inputChannelCount {
            let (phase, sourceChannel) = source.quotientAndRemainder(dividingBy: input.channels)
            let first = (channel * input.channels + sourceChannel) * kernelCount
            gather(UnsafeBufferPointer(rebasing: filter[first..<first + kernelCount]), ofPhase: phase, into: &taps)
            taps.withUnsafeBufferPointer { Self.transform($0, vertical, horizontal, into: transformed) }
            for position in 0..<positions {
              packed[start + (position * inputs + source) * width] = Float(transformed[position])
            }
          }
        }
      }
    }

    /// The taps that a phase meets, and zeros where it has less than others.
    private func gather(_ kernel: UnsafeBufferPointer<Float>, ofPhase phase: Int, into taps: inout [Float]) {
      let (rows, columns) = (problem.convolution.kernelRows, problem.convolution.kernelColumns)
      let stride = problem.phaseCount
      for tap in taps.indices {
        let row = tap / problem.horizontal.taps * stride + phase / stride
        let column = tap % problem.horizontal.taps * stride + phase % stride
        taps[tap] = row < rows && column < columns ? kernel[row * columns + column] : 0
      }
    }

    /// vertical x taps x transposed horizontal, taps being a row of as many for each that vertical takes.
    private static func transform(
      _ taps: UnsafeBufferPointer<Float>, _ vertical: [[Double]], _ horizontal: [[Double]],
      into transformed: UnsafeMutableBufferPointer<Double>
    ) {
      let columns = horizontal[0].count
      withUnsafeTemporaryAllocation(of: Double.self, capacity: columns) { sums in
        for (row, left) in vertical.enumerated() {
          for column in 0..<columns {
            sums[column] = 0
            for (tap, factor) in left.enumerated() { sums[column] += factor * Double(taps[tap * columns + column]) }
          }
          for (index, right) in horizontal.enumerated() {
            var sum = 0.0
            for (column, factor) in right.enumerated() { sum += factor * sums[column] }
            transformed[row * horizontal.count + index] = sum
          }
        }
      }
    }
  }
}
