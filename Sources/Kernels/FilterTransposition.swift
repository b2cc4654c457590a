import LoopIR

/// Copies a filter to that of the transposed layer: inputs and outputs exchanged, taps in reverse order.
package struct FilterTransposition: Hashable, Sendable {
  package var source: FilterLayout

  /// - Precondition: a block of inputs is whole vectors, or the only one.
  package init(source: FilterLayout) {
    precondition(source.inputBlocks == 1 || source.inputBlock % source.lanes == 0, "blocks of inputs are whole vectors")
    self.source = source
  }

  /// Chunks, whatever the batch: the vectors of the source's inputs.
  package var chunkCount: Int { source.transposed.outputBlocks }

  /// The kernel: one chunk is a vector of the source's inputs. Operands: source, target.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let from = builder.buffer("source", .f32, .read)
    let to = builder.buffer("target", .f32, .write)
    let tail = source.inputs % source.lanes
    if tail == 0 {
      emitChunk(from: from, to: to, inputCount: source.lanes, in: &builder)
    } else {
      builder.conditional(Condition(.chunk, .less, .constant(chunkCount - 1))) {
        emitChunk(from: from, to: to, inputCount: source.lanes, in: &$0)
      } else: {
        emitChunk(from: from, to: to, inputCount: tail, in: &$0)
      }
    }
    return builder.kernel(named: name)
  }

  private func emitChunk(from: BufferID, to: BufferID, inputCount: Int, in builder: inout KernelBuilder) {
    let (lanes, target) = (source.lanes, source.transposed)
    let taps = source.kernelRows * source.kernelColumns
    let firstInput = Index.chunk * .constant(lanes)
    let column =
      (firstInput / source.inputBlock) * .constant(source.inputBlockStride)
      + (firstInput % source.inputBlock) * .constant(lanes)
    builder.loop("outputs", to: .constant(source.outputBlocks)) { builder, outputs in
      builder.loop("tap", to: .constant(taps)) { builder, tap in
        let read = column + outputs * .constant(source.outputBlockStride) + tap * .constant(source.tapStride)
        let rows = (0..<lanes).map { input in
          input < inputCount
            ? builder.bind(builder.load(from, at: read + .constant(input * lanes), lanes: lanes))
            : .constant(0, .f32(lanes))
        }
        let write =
          .chunk * .constant(target.outputBlockStride) + outputs * .constant(target.inputBlockStride)
          + (.constant(taps - 1) - tap) * .constant(target.tapStride)
        for (output, vector) in transposed(rows, in: &builder).prefix(target.inputBlock).enumerated() {
          builder.store(vector, to: to, at: write + .constant(output * lanes))
        }
      }
    }
  }
}

/// Transposes a square of as many vectors as each has lanes, a power of two: blocks of 1, 2, 4, ... lanes are exchanged
/// between vectors as far apart.
func transposed(_ vectors: [Expression], in builder: inout KernelBuilder) -> [Expression] {
  let lanes = vectors.count
  var rows = vectors
  var width = 1
  while width < lanes {
    for upper in 0..<lanes where upper & width == 0 {
      let (first, second) = (rows[upper], rows[upper + width])
      let keep = (0..<lanes).map { $0 & width == 0 ? $0 : lanes + $0 - width }
      let exchange = (0..<lanes).map { $0 & width == 0 ? $0 + width : lanes + $0 }
      rows[upper] = builder.bind(.shuffle(keep, first, second))
      rows[upper + width] = builder.bind(.shuffle(exchange, first, second))
    }
    width *= 2
  }
  return rows
}
