import GraphIR
import Kernels
import LoopIR
import Tensors

/// A lowered network: kernels, the steps that run them in order, and where every buffer lives. It is what code
/// generation turns into machine code, and what the interpreter runs.
package struct Program: Sendable {
  /// Where a step's buffer is: base of its space + `fixedOffset` + N * `offsetPerImage` bytes; and in a round that begins
  /// with image i, i * `imageStride` bytes further.
  package struct Operand: Hashable, Sendable {
    package enum Space: Hashable, Sendable {
      case arena
      /// The packed weights image.
      case weights
      /// Input or output of the network, by position; f32, row-major.
      case input(Int)
      case output(Int)
      /// Memory that no other chunk uses while this one runs.
      case scratch
    }

    package var space: Space
    package var fixedOffset: Int
    package var offsetPerImage: Int
    /// 0 where the buffer holds the images of one round.
    package var imageStride: Int

    package init(_ space: Space, fixedOffset: Int = 0, offsetPerImage: Int = 0, imageStride: Int = 0) {
      self.space = space
      self.fixedOffset = fixedOffset
      self.offsetPerImage = offsetPerImage
      self.imageStride = imageStride
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
    /// In the order of the kernel's buffers.
    package var operands: [Operand]
    package var chunks: Chunks
    /// Neighbouring steps of equal numbers are a stretch: so many images pass through all of its steps, then the next, so
    /// that what one step makes is in a cache when the next reads it. nil: all images at once.
    package var imagesPerRound: Int?
    /// The nodes that it computes, for people, and their op: `conv`, `multiply+add`, `layout`.
    package var name: String
    package var op: String
    /// What is whole once the step is done.
    package var results: [Result]
    /// Multiply-adds for one image.
    package var multiplyAdds: Int
    /// Bytes that it cannot but read or write: its operands, those of fixed size such as weights, and those that grow
    /// with the batch.
    package var fixedByteCount: Int
    package var byteCountPerImage: Int

    /// A value that a step completes, and how it lies in memory then.
    package struct Result: Hashable, Sendable {
      package var value: ValueID
      package var layout: TensorLayout
      /// Which of the step's operands holds it.
      package var operand: Int

      package init(value: ValueID, layout: TensorLayout, operand: Int) {
        self.value = value
        self.layout = layout
        self.operand = operand
      }
    }

    package init(
      kernel: Int, operands: [Operand], chunks: Chunks, imagesPerRound: Int? = nil, name: String, op: String = "",
      results: [Result], multiplyAdds: Int = 0, fixedByteCount: Int = 0, byteCountPerImage: Int = 0
    ) {
      self.kernel = kernel
      self.operands = operands
      self.chunks = chunks
      self.imagesPerRound = imagesPerRound
      self.name = name
      self.op = op
      self.results = results
      self.multiplyAdds = multiplyAdds
      self.fixedByteCount = fixedByteCount
      self.byteCountPerImage = byteCountPerImage
    }
  }

  /// A constant of the graph in a kernel's order, at its place in the weights image.
  package struct Constant: Sendable {
    package var value: ValueID
    package var packing: any ConstantPacking
    package var byteOffset: Int
  }

  package var name: String
  package var inputs: [Interface]
  package var outputs: [Interface]
  package var kernels: [Kernel]
  package var steps: [Step]
  package var constants: [Constant]
  /// Bytes of the packed weights image.
  package var weightsByteCount: Int
  /// The arena is `arenaFixedByteCount + N * arenaByteCountPerImage` bytes, 64-byte aligned.
  package var arenaFixedByteCount: Int
  package var arenaByteCountPerImage: Int
  /// Scratch memory that each thread needs.
  package var scratchByteCount: Int
  /// The most bytes that are alive at once, a floor for the arena of one image.
  package var liveByteCountPerImage: Int
  /// Batches that the program takes.
  package var batch: ClosedRange<Int>

  package init(
    name: String, inputs: [Interface], outputs: [Interface], kernels: [Kernel], steps: [Step],
    constants: [Constant] = [], weightsByteCount: Int, arenaFixedByteCount: Int, arenaByteCountPerImage: Int,
    scratchByteCount: Int = 0, liveByteCountPerImage: Int = 0, batch: ClosedRange<Int> = 1...1
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.kernels = kernels
    self.steps = steps
    self.constants = constants
    self.weightsByteCount = weightsByteCount
    self.arenaFixedByteCount = arenaFixedByteCount
    self.arenaByteCountPerImage = arenaByteCountPerImage
    self.scratchByteCount = scratchByteCount
    self.liveByteCountPerImage = liveByteCountPerImage
    self.batch = batch
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
