import GraphIR
import Kernels
import LoopIR

extension StepUnit {
  /// The step of a unit of element-wise nodes: one sweep. `site` lists the unit's operands.
  func lowerElementwise(at site: LoweringSite) -> LoweredStep {
    let lanes = site.machine.vectorLanes
    let output = site.resultLayouts[0].sweep
    let isPerImage = site.resultLayouts[0].isPerImage
    let operandKinds = site.operandLayouts.map { layout -> ElementwiseKernel.Operand in
      // Beside an activation, a tensor without a batch has one number a channel.
      guard let layout, layout.isPerImage == isPerImage else { return .perChannel }
      return .tensor(layout.sweep)
    }
    let kernel = ElementwiseKernel(
      operands: operandKinds, output: output, lanes: lanes, isStreamed: isPerImage && site.streams(output))
    let operands = operands.indices.map { position in
      site.operandLayouts[position] == nil
        ? site.perChannel(position, channels: output.channels, width: lanes) : .operand(position)
    }
    let mnemonics = nodes.map { type(of: $0.op).mnemonic }
    return LoweredStep(
      key: ElementwiseKey(nodes: keyNodes, kernel: kernel), kernelName: mnemonics.prefix(8).joined(separator: "_"),
      operands: operands + [.result], chunksPerGroup: kernel.chunksPerImage, imagesPerGroup: isPerImage ? 1 : nil,
      inPlaceOperand: site.operandLayouts.firstIndex { $0 == site.resultLayouts[0] }
    ) { [self] name in
      kernel.kernel(named: name) { values, builder in compute(values, in: &builder) }
    }
  }

  private func compute(_ values: [Expression], in builder: inout KernelBuilder) -> Expression {
    var known = Dictionary(uniqueKeysWithValues: zip(operands, values))
    for node in nodes {
      guard let op = node.op as? any ElementwiseOp else { preconditionFailure("a node of the unit is element-wise") }
      let lanes = node.operands.compactMap { known[$0] }
      known[node.results[0]] = builder.bind(op.lane(lanes, in: &builder))
    }
    guard let result = known[result] else { preconditionFailure("the last node makes the unit's result") }
    return result
  }

  /// The unit's nodes with values numbered from the unit's operands on, so that equal units share a kernel.
  private var keyNodes: [ElementwiseKey.Node] {
    var numbers = Dictionary(uniqueKeysWithValues: operands.enumerated().map { ($1, $0) })
    return nodes.map { node in
      let inputs = node.operands.map { numbers[$0] ?? -1 }
      numbers[node.results[0]] = numbers.count
      return ElementwiseKey.Node(mnemonic: type(of: node.op).mnemonic, op: AnyHashable(node.op), inputs: inputs)
    }
  }
}

extension TensorLayout {
  /// The tensor as a sweep goes over it: what has no batch as one long vector.
  fileprivate var sweep: ImageLayout {
    switch self {
    case .image(let layout): layout
    case .filter(let layout): ImageLayout(channels: layout.elementCount, rows: 1, columns: 1, channelBlock: 1)
    case .vector(let count, _): ImageLayout(channels: count, rows: 1, columns: 1, channelBlock: 1)
    }
  }
}

/// What the code of a sweep depends on.
private struct ElementwiseKey: Hashable, @unchecked Sendable {
  struct Node: Hashable {
    var mnemonic: String
    /// An op is Sendable; AnyHashable cannot say so.
    var op: AnyHashable
    var inputs: [Int]
  }

  var nodes: [Node]
  var kernel: ElementwiseKernel
}
