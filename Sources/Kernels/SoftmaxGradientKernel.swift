import LoopIR

/// The gradient of soft-max over the channels of vectors, from its result: y * (dy - sum of dy * y), one image a chunk.
package struct SoftmaxGradientKernel: Hashable, Sendable {
  package var channels: Int
  package var lanes: Int

  package init(channels: Int, lanes: Int) {
    self.channels = channels
    self.lanes = lanes
  }

  /// Operands: dy, y, output.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let gradient = builder.buffer("dy", .f32, .read, alignment: 4, aliasSet: 0)
    let result = builder.buffer("y", .f32, .read, alignment: 4)
    let output = builder.buffer("output", .f32, .write, alignment: 4, aliasSet: 0)
    let origin = Index.chunk * .constant(channels)
    /// Visits the vectors of dy and y; masked lanes are zeros.
    func sweep(
      _ builder: inout KernelBuilder,
      _ body: (inout KernelBuilder, _ place: Index, _ mask: Expression, _ dy: Expression, _ y: Expression) -> Void
    ) {
      builder.loop("channel", to: .constant(channels), step: lanes) { builder, channel in
        let mask = builder.bind(.firstLanes(.constant(channels) - channel, lanes: lanes))
        let place = origin + channel
        let dy = builder.bind(builder.load(gradient, at: place, lanes: lanes, mask: mask))
        let y = builder.bind(builder.load(result, at: place, lanes: lanes, mask: mask))
        body(&builder, place, mask, dy, y)
      }
    }
    let products = builder.register(.constant(0, .f32(lanes)))
    sweep(&builder) { builder, _, _, dy, y in
      builder.assign(products, .fusedMultiplyAdd(dy, y, .register(products)))
    }
    let sum = builder.bind(.splat(.reduce(.add, .register(products)), lanes: lanes))
    sweep(&builder) { builder, place, mask, dy, y in
      builder.store(y * (dy - sum), to: output, at: place, mask: mask)
    }
    return builder.kernel(named: name)
  }
}
