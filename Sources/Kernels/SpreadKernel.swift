import LoopIR

/// Pixels set `rowStep` and `columnStep` apart, from the first row and column on, with zeros between and behind: the
/// gradient of taking every step-th of them. Input and output are blocked.
package struct SpreadKernel: Hashable, Sendable {
  package var input: ImageLayout
  package var output: ImageLayout
  package var rowStep: Int
  package var columnStep: Int

  package init(input: ImageLayout, output: ImageLayout, step: (rows: Int, columns: Int)) {
    self.input = input
    self.output = output
    rowStep = step.rows
    columnStep = step.columns
  }

  package var chunksPerImage: Int { output.rows }

  /// The kernel: one chunk is one row of one image, all channels. Operands: input, output.
  package func kernel(named name: String) -> Kernel {
    let lanes = output.channelBlock
    var builder = KernelBuilder()
    let source = builder.buffer("input", .f32, .read)
    let target = builder.buffer("output", .f32, .write)
    let image = Index.chunk / output.rows
    let row = Index.chunk % output.rows
    let zero = Expression.constant(0, .f32(lanes))
    builder.loop("block", to: .constant(output.blockCount)) { builder, block in
      func store(_ value: Expression, at column: Index, in builder: inout KernelBuilder) {
        let place = output.index(image: image, vector: block, row: row, column: column, lanes: lanes)
        builder.store(value, to: target, at: place)
      }
      for column in output.haloColumns { store(zero, at: .constant(column), in: &builder) }
      builder.conditional(Condition(row % rowStep, .equal, 0)) { builder in
        builder.loop("column", to: .constant(input.columns)) { builder, column in
          let place = input.index(image: image, vector: block, row: row / rowStep, column: column, lanes: lanes)
          let first = column * .constant(columnStep)
          store(builder.load(source, at: place, lanes: lanes), at: first, in: &builder)
          let next = Index.min(first + .constant(columnStep), .constant(output.columns))
          builder.loop("gap", from: first + 1, to: next) { store(zero, at: $1, in: &$0) }
        }
      } else: { builder in
        builder.loop("column", to: .constant(output.columns)) { store(zero, at: $1, in: &$0) }
      }
    }
    return builder.kernel(named: name)
  }
}
