import LoopIR

/// Copies a tensor without a batch to or from memory that ends with its last element.
package struct VectorCopy: Hashable, Sendable {
  package var count: Int
  package var lanes: Int

  package init(count: Int, lanes: Int) {
    self.count = count
    self.lanes = lanes
  }

  /// The kernel, of one chunk. Operands: input, output.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let source = builder.buffer("input", .f32, .read, alignment: 4)
    let target = builder.buffer("output", .f32, .write, alignment: 4)
    builder.loop("element", to: .constant(count), step: lanes) { builder, first in
      let mask = builder.bind(.firstLanes(.constant(count) - first, lanes: lanes))
      builder.store(builder.load(source, at: first, lanes: lanes, mask: mask), to: target, at: first, mask: mask)
    }
    return builder.kernel(named: name)
  }
}
