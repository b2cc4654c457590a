import LoopIR

/// Copies a filter to that of the transposed layer: inputs and outputs exchanged, taps in reverse order.
package struct FilterTransposition: Hashable, Sendable {
  package var source: FilterLayout
  package var groups: Int

  /// - Precondition: Groups are whole vectors of inputs and of outputs, or lanes of one; a block of inputs is whole
  ///   vectors, or the only one.
  package init(source: FilterLayout, groups: Int = 1) {
    precondition(source.inputBlocks == 1 || source.inputBlock % source.lanes == 0, "blocks of inputs are whole vectors")
    self.source = source
    self.groups = groups
  }

  private var target: FilterLayout { source.transposed(groups: groups) }
  private var taps: Int { source.kernelRows * source.kernelColumns }

  /// Chunks, whatever the batch: the vectors of the source's inputs.
  package var chunkCount: Int { target.outputBlocks }

  /// The kernel: one chunk is a vector of the source's inputs. Operands: source, target.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let from = builder.buffer("source", .f32, .read)
    let to = builder.buffer("target", .f32, .write)
    let tail = source.inputs % source.lanes
    if source.isByLane(groups: groups) {
      emitLanes(from: from, to: to, in: &builder)
    } else if tail == 0 {
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
    let lanes = source.lanes
    // Vectors of a group's inputs and outputs.
    let (inputVectors, outputVectors) = (chunkCount / groups, source.outputBlocks / groups)
    let firstOutputs = groups == 1 ? 0 : Index.chunk / inputVectors * .constant(outputVectors)
    let firstInput = (groups == 1 ? .chunk : Index.chunk % inputVectors) * .constant(lanes)
    let column =
      firstOutputs * .constant(source.outputBlockStride)
      + (firstInput / source.inputBlock) * .constant(source.inputBlockStride)
      + (firstInput % source.inputBlock) * .constant(lanes)
    builder.loop("outputs", to: .constant(outputVectors)) { builder, outputs in
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

  /// Groups that are lanes of one vector: a small square is transposed in each.
  private func emitLanes(from: BufferID, to: BufferID, in builder: inout KernelBuilder) {
    let (lanes, width) = (source.lanes, source.inputs)
    let block = Index.chunk * .constant(source.outputBlockStride)
    builder.loop("tap", to: .constant(taps)) { builder, tap in
      let read = block + tap * .constant(source.tapStride)
      let write = block + (.constant(taps - 1) - tap) * .constant(source.tapStride)
      let rows = (0..<width).map { builder.bind(builder.load(from, at: read + .constant($0 * lanes), lanes: lanes)) }
      for output in 0..<width {
        var vector = rows[0]
        for (input, row) in rows.enumerated() {
          // Lane `input` of each group takes the group's lane `output` of this row; the others stay.
          let sources = (0..<lanes).map { $0 % width == input ? lanes + $0 / width * width + output : $0 }
          vector = builder.bind(.shuffle(sources, vector, row))
        }
        builder.store(vector, to: to, at: write + .constant(output * lanes))
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
