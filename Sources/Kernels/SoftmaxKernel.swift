import LoopIR

/// Soft-max over the channels of vectors: exp(x - max) / sum of exp(x - max), one image a chunk.
package struct SoftmaxKernel: Hashable, Sendable {
  package var channels: Int
  package var lanes: Int

  package init(channels: Int, lanes: Int) {
    self.channels = channels
    self.lanes = lanes
  }

  /// Operands: input, output.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read, alignment: 4, aliasSet: 0)
    let output = builder.buffer("output", .f32, .update, alignment: 4, aliasSet: 0)
    let origin = Index.chunk * .constant(channels)
    let type = ValueType.f32(lanes)
    /// Visits each vector with the mask of its real lanes.
    func sweep(_ builder: inout KernelBuilder, _ body: (inout KernelBuilder, Index, Expression?) -> Void) {
      let whole = channels / lanes * lanes
      builder.loop("channel", to: .constant(whole), step: lanes) { body(&$0, origin + $1, nil) }
      if whole < channels {
        let mask = builder.bind(.firstLanes(.constant(channels - whole), lanes: lanes))
        body(&builder, origin + .constant(whole), mask)
      }
    }
    let lowest = Expression.constant(-.infinity, type)
    let largest = builder.register(lowest)
    sweep(&builder) { builder, index, mask in
      let value = builder.load(input, at: index, lanes: lanes, mask: mask)
      let real = mask.map { Expression.select($0, value, lowest) } ?? value
      builder.assign(largest, .max(.register(largest), real))
    }
    let shift = builder.bind(.splat(.reduce(.maximum, .register(largest)), lanes: lanes))
    let sum = builder.register(.constant(0, type))
    sweep(&builder) { builder, index, mask in
      let value = builder.load(input, at: index, lanes: lanes, mask: mask)
      let power = builder.bind(exponential(value - shift, in: &builder))
      let real = mask.map { Expression.select($0, power, .constant(0, type)) } ?? power
      builder.assign(sum, .register(sum) + real)
      builder.store(power, to: output, at: index, mask: mask)
    }
    let total = builder.bind(.splat(.reduce(.add, .register(sum)), lanes: lanes))
    sweep(&builder) { builder, index, mask in
      let value = builder.load(output, at: index, lanes: lanes, mask: mask)
      builder.store(value / total, to: output, at: index, mask: mask)
    }
    return builder.kernel(named: name)
  }
}
