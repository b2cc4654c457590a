import Kernels
import LoopIR
import Tensors

/// An op that a step of its own computes. (Element-wise ops are `ElementwiseOp`: they share a step.)
package protocol Lowerable: Op {
  /// How it wants an activation operand to lie in memory; nil: it takes any layout.
  func demand(operand: Int, at site: LoweringSite) -> LayoutDemand?

  /// The step that computes it. Operands have layouts that meet `demand`.
  func lower(at site: LoweringSite) throws(OpError) -> LoweredStep
}

extension Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { LayoutDemand(.blocked) }
}

/// An op whose result at a position depends on its operands at that position only, so that neighbours in the graph
/// fuse into one sweep over memory.
package protocol ElementwiseOp: Op {
  /// The result for one vector of positions. Operands have one element type; those of rank 1 hold one number a
  /// channel and arrive as their channels' vector.
  func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression
}

/// How a consumer wants a tensor to lie in memory.
package struct LayoutDemand: Hashable, Sendable {
  package enum Form: Hashable, Sendable {
    /// Channels in blocks of the vector width.
    case blocked
    /// As pictures come: planes of rows.
    case plain
  }

  package var form: Form
  /// Columns of zeros that it reads beyond each end of a row.
  package var columnHalo: Int

  package init(_ form: Form, columnHalo: Int = 0) {
    self.form = form
    self.columnHalo = columnHalo
  }
}

/// Where an op is lowered: its operands and result with their types and layouts, and the target.
package struct LoweringSite: Sendable {
  package var operandTypes: [TensorType]
  package var resultType: TensorType
  /// Layouts of the operands, nil for constants; while demands are collected, without halos.
  package var operandLayouts: [ImageLayout?]
  package var resultLayout: ImageLayout
  package var machine: Machine
  package var largestBatch: Int

  package init(
    operandTypes: [TensorType], resultType: TensorType, operandLayouts: [ImageLayout?], resultLayout: ImageLayout,
    machine: Machine, largestBatch: Int
  ) {
    self.operandTypes = operandTypes
    self.resultType = resultType
    self.operandLayouts = operandLayouts
    self.resultLayout = resultLayout
    self.machine = machine
    self.largestBatch = largestBatch
  }

  /// The layout of an operand that is an activation.
  package func layout(_ operand: Int) -> ImageLayout {
    guard let layout = operandLayouts[operand] else { preconditionFailure("operand \(operand) is a parameter") }
    return layout
  }
}

/// One step of a program, before buffers have places.
package struct LoweredStep: Sendable {
  package enum Operand: Sendable {
    /// The node's operand, an activation.
    case operand(Int)
    /// The node's operand, a constant, packed at compile time.
    case packed(Int, any ConstantPacking)
    case result
  }

  /// What the kernel's code depends on: steps with equal keys share it.
  package var key: any Hashable & Sendable
  /// A legible stem for the kernel's symbol.
  package var kernelName: String
  package var makeKernel: @Sendable (_ name: String) -> Kernel
  package var operands: [Operand]
  package var chunksPerGroup: Int
  package var imagesPerGroup: Int
  /// An operand that the result may overwrite: each element is read only to write the same element.
  package var inPlaceOperand: Int?

  package init(
    key: any Hashable & Sendable, kernelName: String, operands: [Operand], chunksPerGroup: Int, imagesPerGroup: Int = 1,
    inPlaceOperand: Int? = nil, makeKernel: @escaping @Sendable (_ name: String) -> Kernel
  ) {
    self.key = key
    self.kernelName = kernelName
    self.makeKernel = makeKernel
    self.operands = operands
    self.chunksPerGroup = chunksPerGroup
    self.imagesPerGroup = imagesPerGroup
    self.inPlaceOperand = inPlaceOperand
  }
}
