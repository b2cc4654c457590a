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
      withUnsafeTemporaryAllocation(of: Double.self, capacity: positions) { transformed in
        for channel in 0..<output.channels {
          let tile = channel / tileWidth
          let width = min(tileWidth, output.blockCount * output.channelBlock - tile * tileWidth)
          let start = tile * tileWidth * positions * inputs + channel % tileWidth
          for source in 0..<input.channels {
            let taps = UnsafeBufferPointer(rebasing: filter[((channel * input.channels + source) * 9)...].prefix(9))
            Self.transform(taps, vertical, horizontal, into: transformed)
            for position in 0..<positions {
              packed[start + (position * inputs + source) * width] = Float(transformed[position])
            }
          }
        }
      }
    }

    /// vertical x taps x transposed horizontal, taps being 3x3.
    private static func transform(
      _ taps: UnsafeBufferPointer<Float>, _ vertical: [[Double]], _ horizontal: [[Double]],
      into transformed: UnsafeMutableBufferPointer<Double>
    ) {
      for (row, left) in vertical.enumerated() {
        func column(_ index: Int) -> Double {
          left[0] * Double(taps[index]) + left[1] * Double(taps[3 + index]) + left[2] * Double(taps[6 + index])
        }
        let (a, b, c) = (column(0), column(1), column(2))
        for (index, right) in horizontal.enumerated() {
          transformed[row * horizontal.count + index] = a * right[0] + b * right[1] + c * right[2]
        }
      }
    }
  }
}
