import CRuntime
import Lowering
import Tensors

/// A program whose machine code is in memory, as the tables that the runtime reads.
package final class ExecutableModel: @unchecked Sendable {
  let tables: UnsafeMutablePointer<apus_program>
  let weights: AlignedBytes
  package let program: Program
  private let code: AnyObject?
  private let storage: TableStorage

  /// - Parameters:
  ///   - card: What surrounds the program.
  ///   - jit: The machine code of `program.kernels`.
  ///   - weights: The packed image, of `program.weightsByteCount` bytes.
  package convenience init(program: Program, card: ModelCard, jit: JIT, weights: AlignedBytes) {
    self.init(
      program: program, card: card, kernelAddresses: jit.functions.map { unsafeBitCast($0, to: UnsafeRawPointer.self) },
      weights: weights, code: jit)
  }

  /// - Parameters:
  ///   - kernelAddresses: The machine code of `program.kernels`, in order: functions of type `apus_kernel`.
  ///   - code: What owns the machine code; kept alive with the model.
  package init(
    program: Program, card: ModelCard, kernelAddresses: [UnsafeRawPointer], weights: AlignedBytes, code: AnyObject?
  ) {
    precondition(kernelAddresses.count == program.kernels.count, "a kernel has no machine code")
    precondition(weights.count >= program.weightsByteCount, "the weights image is too small")
    let storage = TableStorage()
    let model = storage.storeModel(program, kernelAddresses)
    tables = storage.allocate(1).baseAddress!
    tables.initialize(to: storage.table(card, model: model, weights: weights, program: program))
    self.storage = storage
    self.program = program
    self.weights = weights
    self.code = code
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
      case .scratch: (APUS_SCRATCH, 0)
      }
    self.init(
      space: space.rawValue, index: UInt32(index), fixed_offset: UInt64(operand.fixedOffset),
      offset_per_image: UInt64(operand.offsetPerImage), image_stride: UInt64(operand.imageStride))
  }
}
