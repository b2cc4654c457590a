import LoopIR

/// The gradient of a linear layer's weights: for each, the sum over the images of input times output's gradient. Both
/// are plain vectors; images are the micro-kernel's reduction.
package struct LinearWeightGradient: Hashable, Sendable {
  package var input: ImageLayout
  package var gradient: ImageLayout
  /// The weights' layout, which the result has too; its blocks of inputs follow one another.
  package var filter: FilterLayout

  package init(input: ImageLayout, gradient: ImageLayout, filter: FilterLayout) {
    self.input = input
    self.gradient = gradient
    self.filter = filter
  }

  /// Inputs whose sums are held in registers.
  private func tileInputs(_ machine: Machine) -> Int {
    min(input.channels, min(16, RegisterTile.mostPixels(vectors: 1, machine: machine)))
  }

  /// Rows of weights of one vector of outputs.
  private var rowCount: Int { filter.inputBlocks * filter.inputBlock }

  private static let inputsPerChunk = 512

  private var bandsPerVector: Int { (rowCount + Self.inputsPerChunk - 1) / Self.inputsPerChunk }

  /// Chunks, whatever the batch.
  package var chunkCount: Int { filter.outputBlocks * bandsPerVector }

  /// The kernel: one chunk is a vector of outputs by a band of inputs. Operands: input, gradient, output.
  package func kernel(named name: String, machine: Machine) -> Kernel {
    var builder = KernelBuilder()
    let source = builder.buffer("input", .f32, .read, alignment: input.byteAlignment)
    let slope = builder.buffer("gradient", .f32, .read, alignment: gradient.byteAlignment)
    let output = builder.buffer("output", .f32, .write)
    let lanes = filter.lanes
    let vector = Index.chunk / bandsPerVector
    let first = Index.chunk % bandsPerVector * .constant(Self.inputsPerChunk)
    let last = Index.min(first + .constant(Self.inputsPerChunk), .constant(input.channels))
    let zero = Expression.constant(0, .f32(lanes))
    let mask: Expression? =
      gradient.channels % lanes == 0
      ? nil : builder.bind(.firstLanes(.constant(gradient.channels) - vector * .constant(lanes), lanes: lanes))
    let target = vector * .constant(filter.outputBlockStride)
    func emit(_ count: Int, at place: Index, in builder: inout KernelBuilder) {
      let sums = (0..<count).map { _ in builder.register(zero) }
      builder.loop("image", to: .batch) { builder, image in
        let column = builder.bind(
          builder.load(
            slope, at: image * .constant(gradient.elementCount) + vector * .constant(lanes), lanes: lanes, mask: mask))
        for (number, sum) in sums.enumerated() {
          let value = builder.load(source, at: image * .constant(input.elementCount) + place + .constant(number))
          builder.assign(sum, .fusedMultiplyAdd(.splat(value, lanes: lanes), column, .register(sum)))
        }
      }
      for (number, sum) in sums.enumerated() {
        builder.store(.register(sum), to: output, at: target + (place + .constant(number)) * .constant(lanes))
      }
    }
    let tile = tileInputs(machine)
    let whole = (last - first) / tile
    builder.loop("tile", to: whole) { emit(tile, at: first + $1 * .constant(tile), in: &$0) }
    builder.loop("row", from: first + whole * .constant(tile), to: last) { emit(1, at: $1, in: &$0) }
    // Rows past the last input, which fill up the last block.
    let start = Index.max(first, .constant(input.channels))
    let end = Index.min(first + .constant(Self.inputsPerChunk), .constant(rowCount))
    if input.channels < rowCount {
      builder.loop("padding", from: start, to: end) { $0.store(zero, to: output, at: target + $1 * .constant(lanes)) }
    }
    return builder.kernel(named: name)
  }
}
