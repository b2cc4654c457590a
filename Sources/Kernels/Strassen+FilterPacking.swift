extension Strassen {
  /// f32 elements of the combined filters.
  package var filterElementCount: Int {
    Product.allCases.count * (convolution.input.channels / 2) * (convolution.output.channels / 2)
  }

  /// The filter's quarters as the products want them, added up in f64 and rounded once:
  /// [channel tile][product][input channel of a half][vectors * lanes].
  package struct FilterPacking: ConstantPacking {
    package var problem: Strassen
    package var tileVectors: Int

    package init(_ problem: Strassen, _ schedule: Schedule) {
      self.problem = problem
      tileVectors = schedule.tiling.tile.vectors
    }

    package var tunable: Convolution? { problem.convolution }

    package var elementCount: Int { problem.filterElementCount }

    package func pack(_ filter: UnsafeBufferPointer<Float>, into packed: UnsafeMutableBufferPointer<Float>) {
      let inputs = problem.convolution.input.channels
      let (halfInputs, halfOutputs) = (inputs / 2, problem.convolution.output.channels / 2)
      let tileWidth = tileVectors * problem.convolution.output.channelBlock
      for output in 0..<halfOutputs {
        let tile = output / tileWidth * Product.allCases.count
        for product in Product.allCases {
          let factors = product.filter
          let first = (tile + product.rawValue) * halfInputs * tileWidth + output % tileWidth
          for input in 0..<halfInputs {
            func quarter(_ row: Int, _ column: Int) -> Double {
              Double(filter[(output + column * halfOutputs) * inputs + input + row * halfInputs])
            }
            packed[first + input * tileWidth] = Float(
              factors[0][0] * quarter(0, 0) + factors[0][1] * quarter(0, 1)
                + factors[1][0] * quarter(1, 0) + factors[1][1] * quarter(1, 1))
          }
        }
      }
    }
  }
}
