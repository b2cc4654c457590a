import LoopIR

extension Strassen {
  /// The step that adds up a filter under training, in the order of `FilterPacking`; a chunk is a vector of a half of the
  /// output channels. Operands: filter, combined filters.
  package func filterKernel(named name: String, schedule: Schedule) -> Kernel {
    guard let layout = convolution.filter else { preconditionFailure("the filter is a constant") }
    var builder = KernelBuilder()
    let filter = builder.buffer("filter", .f32, .read)
    let combined = builder.buffer("combined", .f32, .write)
    let lanes = layout.lanes
    let vectors = schedule.tiling.tile.vectors
    let (tile, vector) = (Index.chunk / vectors, Index.chunk % vectors)
    let halfInputs = layout.inputs / 2
    builder.loop("input", to: .constant(halfInputs)) { builder, input in
      let quarters = (0..<2).map { row in
        (0..<2).map { column in
          let source =
            (.chunk + .constant(column * outputVectors)) * .constant(layout.outputBlockStride)
            + (input + .constant(row * halfInputs)) * .constant(lanes)
          return builder.bind(builder.load(filter, at: source, lanes: lanes))
        }
      }
      for product in Product.allCases {
        let place = (tile * .constant(Product.allCases.count) + .constant(product.rawValue)) * .constant(halfInputs)
        builder.store(
          product.combination(of: quarters), to: combined,
          at: (place + input) * .constant(vectors * lanes) + vector * .constant(lanes))
      }
    }
    return builder.kernel(named: name)
  }

  /// Chunks of the step that adds up the filter, whatever the batch.
  package var filterChunks: Int { outputVectors }
}

extension Strassen.Product {
  /// The sum of quarters of a filter, by the half of the inputs, then by that of the outputs. Factors are 1 and -1.
  fileprivate func combination(of quarters: [[Expression]]) -> Expression {
    let terms = zip(filter.joined(), quarters.joined())
    let added = terms.filter { $0.0 > 0 }.map(\.1)
    return terms.filter { $0.0 < 0 }.reduce(added.dropFirst().reduce(added[0], +)) { $0 - $1.1 }
  }
}
