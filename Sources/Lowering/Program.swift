import GraphIR
import LoopIR
import Tensors

/// A lowered network: kernels, the steps that run them in order, and where every buffer lives. It is what code
/// generation turns into machine code, and what the interpreter runs.
package struct Program: Sendable {
  /// Where a step's buffer is: base of its space + `fixedOffset` + N * `offsetPerImage` bytes.
  package struct Operand: Hashable, Sendable {
    package enum Space: Hashable, Sendable {
      case arena
      /// The packed weights image.
      case weights
      /// Input or output of the network, by position; f32, row-major.
      case input(Int)
      case output(Int)
    }

    package var space: Space
    package var fixedOffset: Int
    package var offsetPerImage: Int

    package init(_ space: Space, fixedOffset: Int = 0, offsetPerImage: Int = 0) {
      self.space = space
      self.fixedOffset = fixedOffset
      self.offsetPerImage = offsetPerImage
    }
  }

  /// How a step divides into chunks: `perGroup` for each group of `imagesPerGroup` images (the last may be
  /// smaller), or `perGroup` in all where that is nil. Never a function of the thread count.
  package struct Chunks: Hashable, Sendable {
    package var perGroup: Int
    package var imagesPerGroup: Int?

    package init(perGroup: Int, imagesPerGroup: Int?) {
      self.perGroup = perGroup
      self.imagesPerGroup = imagesPerGroup
    }

    package func count(batch: Int) -> Int {
      guard let imagesPerGroup else { return perGroup }
      return perGroup * ((batch + imagesPerGroup - 1) / imagesPerGroup)
    }
  }

  package struct Step: Sendable {
    /// Index into `kernels`.
    package var kernel: Int
    package var operands: [Operand]
    package var chunks: Chunks
    /// The nodes that it computes, for people.
    package var name: String
    /// The value that is whole once the step is done, for comparison with the reference.
    package var result: ValueID

    package init(kernel: Int, operands: [Operand], chunks: Chunks, name: String, result: ValueID) {
      self.kernel = kernel
      self.operands = operands
      self.chunks = chunks
      self.name = name
      self.result = result
    }
  }

  package var name: String
  package var inputs: [Interface]
  package var outputs: [Interface]
  package var kernels: [Kernel]
  package var steps: [Step]
  /// Bytes of the packed weights image.
  package var weightsByteCount: Int
  /// The arena is `arenaFixedByteCount + N * arenaByteCountPerImage` bytes, 64-byte aligned.
  package var arenaFixedByteCount: Int
  package var arenaByteCountPerImage: Int

  package init(
    name: String, inputs: [Interface], outputs: [Interface], kernels: [Kernel], steps: [Step], weightsByteCount: Int,
    arenaFixedByteCount: Int, arenaByteCountPerImage: Int
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.kernels = kernels
    self.steps = steps
    self.weightsByteCount = weightsByteCount
    self.arenaFixedByteCount = arenaFixedByteCount
    self.arenaByteCountPerImage = arenaByteCountPerImage
  }

  /// An input or output of the network.
  package struct Interface: Hashable, Sendable {
    package var name: String
    package var type: TensorType

    package init(name: String, type: TensorType) {
      self.name = name
      self.type = type
    }
  }
}
