import LoopIR

/// Adds the partial sums that groups of images made, always in the order of the groups.
package struct PartialSum: Hashable, Sendable {
  /// Elements of one sum, whole vectors of them.
  package var elementCount: Int
  package var imagesPerPartial: Int
  package var lanes: Int

  package init(elementCount: Int, imagesPerPartial: Int, lanes: Int) {
    precondition(elementCount % lanes == 0, "whole vectors")
    self.elementCount = elementCount
    self.imagesPerPartial = imagesPerPartial
    self.lanes = lanes
  }

  /// Elements of one chunk.
  private static let elementsPerChunk = 8192

  /// Chunks, whatever the batch.
  package var chunkCount: Int { (elementCount + Self.elementsPerChunk - 1) / Self.elementsPerChunk }

  /// The kernel: one chunk is some elements of the sum. Operands: the partial sums one behind the other, output.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let partials = builder.buffer("partials", .f32, .read)
    let output = builder.buffer("output", .f32, .write)
    let groups = (Index.batch + .constant(imagesPerPartial - 1)) / imagesPerPartial
    let first = Index.chunk * .constant(Self.elementsPerChunk)
    let last = Index.min(first + .constant(Self.elementsPerChunk), .constant(elementCount))
    builder.loop("element", from: first, to: last, step: lanes) { builder, element in
      let sum = builder.register(builder.load(partials, at: element, lanes: lanes))
      builder.loop("group", from: 1, to: groups) { builder, group in
        let place = group * .constant(elementCount) + element
        builder.assign(sum, .register(sum) + builder.load(partials, at: place, lanes: lanes))
      }
      builder.store(.register(sum), to: output, at: element)
    }
    return builder.kernel(named: name)
  }
}
