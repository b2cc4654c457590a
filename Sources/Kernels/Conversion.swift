import LoopIR

/// Copies one image's activation from one layout to another: at the edges of a network, and where an op wants plain
/// order. Nothing on a network's main path converts.
package struct Conversion: Hashable, Sendable {
  package var input: ImageLayout
  package var output: ImageLayout

  package init(input: ImageLayout, output: ImageLayout) {
    self.input = input
    self.output = output
  }

  package var chunksPerImage: Int { output.rows }

  /// The kernel: one chunk is one row of one image, all channels. Operands: input, output.
  package func kernel(named name: String, lanes: Int) -> Kernel {
    var builder = KernelBuilder()
    let source = builder.buffer("input", .f32, .read, alignment: 4)
    let target = builder.buffer("output", .f32, .write, alignment: 4)
    let image = Index.chunk / output.rows
    let row = Index.chunk % output.rows
    let from = image * .constant(input.elementCount) + row * .constant(input.rowStride) + .constant(input.firstColumn)
    let to = image * .constant(output.elementCount) + row * .constant(output.rowStride) + .constant(output.firstColumn)
    if input.isBlocked || output.isBlocked {
      emitPixels(from: source, at: from, to: target, at: to, in: &builder)
    } else {
      emitPlanes(from: source, at: from, to: target, at: to, lanes: lanes, in: &builder)
    }
    return builder.kernel(named: name)
  }

  /// Rows of planes, a vector at a time, with the zeros of the halo on both sides.
  private func emitPlanes(
    from source: BufferID, at from: Index, to target: BufferID, at to: Index, lanes: Int,
    in builder: inout KernelBuilder
  ) {
    let columns = output.columns
    builder.loop("channel", to: .constant(output.channels)) { builder, channel in
      let sourceRow = from + channel * .constant(input.blockStride)
      let targetRow = to + channel * .constant(output.blockStride)
      let whole = columns / lanes * lanes
      builder.loop("column", to: .constant(whole), step: lanes) {
        $0.store($0.load(source, at: sourceRow + $1, lanes: lanes), to: target, at: targetRow + $1)
      }
      for column in whole..<columns {
        builder.store(
          builder.load(source, at: sourceRow + .constant(column)), to: target, at: targetRow + .constant(column))
      }
      for column in output.haloColumns {
        builder.store(.constant(0, .f32), to: target, at: targetRow + .constant(column))
      }
    }
  }

  /// Pixel by pixel, a vector of channels at a time; the plain side is strided by its planes.
  private func emitPixels(
    from source: BufferID, at from: Index, to target: BufferID, at to: Index, in builder: inout KernelBuilder
  ) {
    let lanes = max(input.channelBlock, output.channelBlock)
    let blocks = (output.channels + lanes - 1) / lanes
    builder.loop("block", to: .constant(blocks)) { builder, block in
      let mask: Expression? =
        output.channels % lanes == 0
        ? nil : builder.bind(.firstLanes(.constant(output.channels) - block * .constant(lanes), lanes: lanes))
      func place(_ layout: ImageLayout, _ row: Index, _ column: Index) -> (index: Index, stride: Int) {
        let channelStride = layout.isBlocked ? 1 : layout.blockStride
        let blockStride = layout.isBlocked ? layout.blockStride : lanes * layout.blockStride
        return (row + block * .constant(blockStride) + column * .constant(layout.pixelStride), channelStride)
      }
      builder.loop("column", to: .constant(output.columns)) { builder, column in
        let (index, stride) = place(input, from, column)
        let value = builder.load(
          source, at: index, lanes: lanes, stride: stride, mask: input.isBlocked ? nil : mask)
        let (outputIndex, outputStride) = place(output, to, column)
        builder.store(value, to: target, at: outputIndex, stride: outputStride, mask: output.isBlocked ? nil : mask)
      }
      for column in output.haloColumns {
        let (index, stride) = place(output, to, .constant(column))
        builder.store(
          .constant(0, .f32(lanes)), to: target, at: index, stride: stride, mask: output.isBlocked ? nil : mask)
      }
    }
  }
}
