import CRuntime
import Lowering
import Tensors

/// A program whose machine code is in memory, as the tables that the runtime reads.
package final class ExecutableModel: @unchecked Sendable {
  let tables: UnsafeMutablePointer<apus_model>
  let weights: AlignedBytes
  package let program: Program
  private let code: AnyObject?
  private let release: [() -> Void]

  /// - Parameters:
  ///   - batches: The batch sizes that the kernels were compiled for.
  ///   - kernelAddresses: The machine code of `program.kernels`, in order: functions of type `apus_kernel`.
  ///   - weights: The packed image, of `program.weightsByteCount` bytes.
  ///   - code: What owns the machine code; kept alive with the model.
  package init(
    program: Program, batches: ClosedRange<Int>, kernelAddresses: [UnsafeRawPointer], weights: AlignedBytes,
    code: AnyObject?
  ) {
    precondition(kernelAddresses.count == program.kernels.count, "a kernel has no machine code")
    precondition(weights.count >= program.weightsByteCount, "the weights image is too small")
    var storage = TableStorage()
    let steps = program.steps.map { step in
      apus_step(
        kernel: unsafeBitCast(kernelAddresses[step.kernel], to: apus_kernel.self),
        name: storage.store(step.name),
        operands: storage.store(step.operands.map(apus_operand.init)),
        operand_count: UInt32(step.operands.count),
        images_per_group: UInt32(step.chunks.imagesPerGroup ?? 0),
        chunks_per_group: UInt64(step.chunks.perGroup))
    }
    let inputs = program.inputs.map { storage.store($0) }
    let outputs = program.outputs.map { storage.store($0) }
    tables = .allocate(capacity: 1)
    tables.initialize(
      to: apus_model(
        name: storage.store(program.name), steps: storage.store(steps), inputs: storage.store(inputs),
        outputs: storage.store(outputs), step_count: UInt32(steps.count), input_count: UInt32(inputs.count),
        output_count: UInt32(outputs.count), smallest_batch: Int64(batches.lowerBound),
        largest_batch: Int64(batches.upperBound), arena_fixed_byte_count: UInt64(program.arenaFixedByteCount),
        arena_byte_count_per_image: UInt64(program.arenaByteCountPerImage),
        weights_byte_count: UInt64(program.weightsByteCount), weights_hash: 0,
        cpu_features: storage.store([nil]), info: storage.store("{}")))
    release = storage.release
    self.program = program
    self.weights = weights
    self.code = code
  }

  deinit {
    for release in release { release() }
    tables.deallocate()
  }
}

/// Constant arrays and strings with addresses of their own, as C tables point at them.
private struct TableStorage {
  var release: [() -> Void] = []

  mutating func store<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
    let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(elements.count, 1))
    _ = copy.initialize(from: elements)
    release.append { copy.deallocate() }
    return UnsafePointer(copy.baseAddress!)
  }

  mutating func store(_ string: String) -> UnsafePointer<CChar> { store(Array(string.utf8CString)) }

  mutating func store(_ interface: Program.Interface) -> apus_tensor {
    let shape = interface.type.shape
    let extents = shape.dimensions.compactMap(\.fixedExtent).map(Int64.init)
    return apus_tensor(
      name: store(interface.name), rank: UInt32(extents.count), batched: shape.isBatched ? 1 : 0,
      extents: store(extents))
  }
}

extension apus_operand {
  package init(_ operand: Program.Operand) {
    let (space, index): (apus_space, Int) =
      switch operand.space {
      case .arena: (APUS_ARENA, 0)
      case .weights: (APUS_WEIGHTS, 0)
      case .input(let index): (APUS_INPUT, index)
      case .output(let index): (APUS_OUTPUT, index)
      }
    self.init(
      space: space.rawValue, index: UInt32(index), fixed_offset: UInt64(operand.fixedOffset),
      offset_per_image: UInt64(operand.offsetPerImage))
  }
}
