import LoopIR

/// A filter under training, copied to row-major order: [O, I, KH, KW].
package struct FilterUnpacking: Hashable, Sendable {
  package var filter: FilterLayout

  package init(_ filter: FilterLayout) { self.filter = filter }

  /// The kernel: one chunk is a block of outputs. Operands: the filter, output.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let source = builder.buffer("filter", .f32, .read)
    let target = builder.buffer("output", .f32, .write, alignment: 4)
    let taps = filter.kernelRows * filter.kernelColumns
    let first = Index.chunk * .constant(filter.lanes)
    let last = Index.min(first + .constant(filter.lanes), .constant(filter.outputs))
    builder.loop("output", from: first, to: last) { builder, output in
      builder.loop("input", to: .constant(filter.inputs)) { builder, input in
        let row = (output * .constant(filter.inputs) + input) * .constant(taps)
        let place =
          Index.chunk * .constant(filter.outputBlockStride)
          + input / filter.inputBlock * .constant(filter.inputBlockStride)
          + input % filter.inputBlock * .constant(filter.lanes) + (output - first)
        builder.loop("tap", to: .constant(taps)) { builder, tap in
          let value = builder.load(source, at: place + tap * .constant(filter.tapStride))
          builder.store(value, to: target, at: row + tap)
        }
      }
    }
    return builder.kernel(named: name)
  }
}
