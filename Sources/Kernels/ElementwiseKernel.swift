import LoopIR

/// A sweep over tensors of one shape that computes each position by itself. Operands are tensors, or one number a
/// channel; the result may take the place of a tensor operand of the same layout.
package struct ElementwiseKernel: Hashable, Sendable {
  package enum Operand: Hashable, Sendable {
    case tensor(ImageLayout)
    case perChannel
  }

  package var operands: [Operand]
  package var output: ImageLayout
  package var lanes: Int
  /// Whether the result is written past the caches, as one is that they would not keep until it is read.
  package var isStreamed: Bool

  package init(operands: [Operand], output: ImageLayout, lanes: Int, isStreamed: Bool = false) {
    self.operands = operands
    self.output = output
    self.lanes = lanes
    self.isStreamed = isStreamed
  }

  /// A chunk is a band of rows of about this many elements: enough to pay for claiming it.
  private static let elementsPerChunk = 8192

  private var rowsPerChunk: Int {
    let rowCount = output.blockCount * output.rowStride
    return max(1, min(output.rows, Self.elementsPerChunk / rowCount))
  }

  package var chunksPerImage: Int { (output.rows + rowsPerChunk - 1) / rowsPerChunk }

  /// The kernel: one chunk is a band of rows of one image, all channels. Operands in order, then the output.
  /// `compute` writes the lanes of the result.
  package func kernel(
    named name: String, compute: (_ operands: [Expression], _ builder: inout KernelBuilder) -> Expression
  ) -> Kernel {
    var builder = KernelBuilder()
    let inputs = operands.enumerated().map { position, operand in
      switch operand {
      case .perChannel: builder.buffer("operand\(position)", .f32, .read)
      case .tensor(let layout):
        builder.buffer("operand\(position)", .f32, .read, alignment: layout.byteAlignment, aliasSet: 0)
      }
    }
    let target = builder.buffer(
      "output", .f32, .write, alignment: output.byteAlignment, aliasSet: 0, isStreamed: isStreamed)
    let image = Index.chunk / chunksPerImage
    let firstRow = Index.chunk % chunksPerImage * .constant(rowsPerChunk)
    let lastRow = Index.min(firstRow + .constant(rowsPerChunk), .constant(output.rows))
    let vectors = (output.channels + lanes - 1) / lanes
    builder.loop("vector", to: .constant(vectors)) { builder, vector in
      let mask: Expression? =
        output.channels % lanes == 0
        ? nil : builder.bind(.firstLanes(.constant(output.channels) - vector * .constant(lanes), lanes: lanes))
      let channelOperands: [Expression?] = zip(operands, inputs).map { operand, buffer in
        guard operand == .perChannel else { return nil }
        return builder.bind(builder.load(buffer, at: vector * .constant(lanes), lanes: lanes))
      }
      builder.loop("row", from: firstRow, to: lastRow) { builder, row in
        func place(_ layout: ImageLayout, _ column: Index) -> Index {
          layout.index(image: image, vector: vector, row: row, column: column, lanes: lanes)
        }
        builder.loop("column", to: .constant(output.columns)) { builder, column in
          let values = zip(operands, inputs).enumerated().map { position, pair -> Expression in
            guard case .tensor(let layout) = pair.0 else {
              return channelOperands[position] ?? .constant(0, .f32(lanes))
            }
            let index = place(layout, column)
            return builder.bind(
              builder.load(pair.1, at: index, lanes: lanes, mask: layout.isBlocked ? nil : mask))
          }
          var result = compute(values, &builder)
          if output.isBlocked, let mask { result = .select(mask, result, .constant(0, .f32(lanes))) }
          builder.store(
            result, to: target, at: place(output, column), mask: output.isBlocked ? nil : mask)
        }
        for column in output.haloColumns {
          builder.store(
            .constant(0, .f32(lanes)), to: target, at: place(output, .constant(column)))
        }
      }
    }
    return builder.kernel(named: name)
  }
}
