import Kernels
import LoopIR
import Tensors

/// An op that steps of its own compute. (Element-wise ops are `ElementwiseOp`: they share a step.)
package protocol MultiStepLowerable: Op {
  /// How it wants an operand to lie in memory; nil: it takes any layout.
  func demand(operand: Int, at site: LoweringSite) -> LayoutDemand?

  /// The steps that compute it, in order. Operands have layouts that meet `demand`.
  func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps
}

/// An op that one step computes.
package protocol Lowerable: MultiStepLowerable {
  func lower(at site: LoweringSite) throws(OpError) -> LoweredStep
}

extension MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { LayoutDemand(.blocked) }
}

extension Lowerable {
  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps { LoweredSteps([try lower(at: site)]) }
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
    /// A filter under training with inputs and outputs exchanged, group by group, and its taps in reverse order.
    case transposedFilter(groups: Int)
  }

  package var form: Form
  /// Columns of zeros that it reads beyond each end of a row.
  package var columnHalo: Int

  package init(_ form: Form, columnHalo: Int = 0) {
    self.form = form
    self.columnHalo = columnHalo
  }
}

/// Where an op is lowered: its operands and results with their types and layouts, and the target.
package struct LoweringSite: Sendable {
  package var operandTypes: [TensorType]
  package var resultTypes: [TensorType]
  /// Layouts of the operands, nil for constants that are packed when a model is compiled; while demands are collected,
  /// without halos.
  package var operandLayouts: [TensorLayout?]
  package var resultLayouts: [TensorLayout]
  package var machine: Machine
  package var largestBatch: Int
  package var arithmetic: Arithmetic

  package init(
    operandTypes: [TensorType], resultTypes: [TensorType], operandLayouts: [TensorLayout?],
    resultLayouts: [TensorLayout], machine: Machine, largestBatch: Int, arithmetic: Arithmetic = .fast
  ) {
    self.operandTypes = operandTypes
    self.resultTypes = resultTypes
    self.operandLayouts = operandLayouts
    self.resultLayouts = resultLayouts
    self.machine = machine
    self.largestBatch = largestBatch
    self.arithmetic = arithmetic
  }

  /// Whether only algorithms may be chosen that multiply the network's own numbers.
  package var isExact: Bool { arithmetic != .fast }

  /// The layout of an operand that is an activation.
  package func layout(_ operand: Int) -> ImageLayout {
    guard let layout = operandLayouts[operand]?.image else {
      preconditionFailure("operand \(operand) is no activation")
    }
    return layout
  }

  /// The layout of an operand that is a filter under training; nil where it is a constant.
  package func filter(_ operand: Int) -> FilterLayout? {
    if case .filter(let layout)? = operandLayouts[operand] { layout } else { nil }
  }

  /// The layout of the result of an op whose first result is an activation.
  package var resultLayout: ImageLayout {
    guard let layout = resultLayouts[0].image else { preconditionFailure("the result is no activation") }
    return layout
  }

  /// Whether a sweep writes a batch of such activations past the caches.
  package func streams(_ layout: ImageLayout) -> Bool {
    4 * largestBatch * layout.elementCount >= machine.streamedByteCount
  }

  /// An operand that holds one number a channel: packed as such where it is a constant.
  package func perChannel(_ operand: Int, channels: Int, width: Int) -> LoweredStep.Operand {
    operandLayouts[operand] == nil
      ? .packed(operand, ChannelPacking(channels: channels, lanes: width)) : .operand(operand)
  }
}

/// What a node becomes, before buffers have places.
package struct LoweredSteps: Sendable {
  /// A buffer that is alive from the first step to the last.
  package struct Temporary: Hashable, Sendable {
    package var byteCount: Int
    /// Whether `byteCount` is for one image.
    package var isPerImage: Bool

    package init(byteCount: Int, isPerImage: Bool = false) {
      self.byteCount = byteCount
      self.isPerImage = isPerImage
    }
  }

  package var steps: [LoweredStep]
  package var temporaries: [Temporary]
  /// The step that the node's multiply-adds are counted for.
  package var mainStep: Int

  package init(_ steps: [LoweredStep], temporaries: [Temporary] = [], mainStep: Int = 0) {
    self.steps = steps
    self.temporaries = temporaries
    self.mainStep = mainStep
  }
}

/// One step of a program, before buffers have places.
package struct LoweredStep: Sendable {
  package enum Operand: Sendable {
    /// The node's operand, which is computed, or under training.
    case operand(Int)
    /// The node's operand, a constant, packed at compile time.
    case packed(Int, any ConstantPacking)
    /// The node's result.
    case result(Int)
    /// A buffer of `LoweredSteps.temporaries`.
    case temporary(Int)
    /// Memory of a thread's own, whose contents last for one chunk.
    case scratch(byteCount: Int)

    /// The one result.
    package static let result = Operand.result(0)
  }

  /// What the kernel's code depends on: steps with equal keys share it.
  package var key: any Hashable & Sendable
  /// A legible stem for the kernel's symbol.
  package var kernelName: String
  package var makeKernel: @Sendable (_ name: String) -> Kernel
  package var operands: [Operand]
  package var chunksPerGroup: Int
  /// nil: `chunksPerGroup` chunks in all, whatever the batch.
  package var imagesPerGroup: Int?
  /// An operand that the first result may overwrite: each element is read only to write the same element.
  package var inPlaceOperand: Int?

  package init(
    key: any Hashable & Sendable, kernelName: String, operands: [Operand], chunksPerGroup: Int,
    imagesPerGroup: Int? = 1, inPlaceOperand: Int? = nil, makeKernel: @escaping @Sendable (_ name: String) -> Kernel
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
