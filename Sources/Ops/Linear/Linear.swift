import GraphIR
import OrderedCollections
import Tensors

/// A fully connected layer: x · weightᵀ + bias.
///
/// Operands: input [N, I]; weight [O, I]; bias [O] if `hasBias`.
///
/// (C1) The input is f32 of rank 2, [N, I].
/// (C2) The weight is f32[O, I].
/// (C3) The bias is f32[O].
package struct Linear: Op {
  package static let mnemonic = "linear"

  package var hasBias: Bool

  package init(hasBias: Bool = true) { self.hasBias = hasBias }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    hasBias = try reader.bool("bias", default: false)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = [:]
    attributes.append("bias", .bool(hasBias), default: .bool(false))
    return attributes
  }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, hasBias ? 3 : 2)
    let inputs = try Self.featureCount(operands[0])
    let weight = operands[1].shape.dimensions.compactMap(\.fixedExtent)
    guard operands[1].element == .f32, operands[1].shape.rank == 2, weight.count == 2, weight[1] == inputs else {
      throw OpError(
        "linear of \(inputs) features needs a weight of [O, \(inputs)]; got \(operands[1])", constraint: "C2",
        operand: 1)
    }
    if hasBias {
      let expected = TensorType(.f32, [.fixed(weight[0])])
      try operands[2].check(expected, as: "a bias", of: Self.self, operand: 2, constraint: "C3")
    }
    return [TensorType(.f32, [operands[0].shape[0], .fixed(weight[0])])]
  }

  private static func featureCount(_ input: TensorType) throws(OpError) -> Int {
    try input.checkFloat(of: Self.self, operand: 0, constraint: "C1")
    guard input.shape.rank == 2, let count = input.shape[1].fixedExtent else {
      throw OpError(
        "linear needs an input of rank 2, [N, I]; got \(input) (flatten or pool it first)", constraint: "C1",
        operand: 0)
    }
    return count
  }

  package func multiplyAdds(_ operands: [TensorType], _ results: [TensorType]) -> Int {
    operands[1].shape.elementCountPerImage ?? 0
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (input, weight) = (operands[0], operands[1])
    let (images, inputs, outputs) = (input.dimensions[0], input.dimensions[1], weight.dimensions[0])
    let transposedWeight = transposed(weight.elements, rows: outputs, columns: inputs)
    var product = gemm.multiply(input.elements, transposedWeight, rows: images, inner: inputs, columns: outputs)
    if hasBias {
      for index in product.indices { product[index] += operands[2].elements[index % outputs] }
    }
    return [Tensor([images, outputs], product)]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    var gradients: [ValueID?] = [
      try builder.append(LinearInputGradient(), [dy, node.operands[1]], for: node),
      try builder.append(LinearWeightGradient(), [node.operands[0], dy], for: node),
    ]
    if hasBias { gradients.append(try builder.append(ChannelSum(), [dy], for: node)) }
    return gradients
  }

  package static let surface = Surface(
    "linear", "Fully connected layer, x · weightᵀ + bias, with the parameters `weight` and, unless declined, `bias`.",
    parameters: [
      .input,
      Surface.Parameter("features", .int, labelled: false, "How many outputs."),
      Surface.Parameter("bias", .bool, default: .bool(true), "Whether a trained bias is added."),
    ],
    isParametrised: true
  ) { (call) throws(OpError) in
    let (inputs, outputs) = (try featureCount(call.type("x")), call.int("features"))
    guard (1...SizeLimit.extent).contains(outputs) else {
      throw OpError("linear needs 1 to 2^28 outputs; got \(outputs)", constraint: "C2")
    }
    // PyTorch's default.
    let initializer = GraphIR.Parameter.Initializer.uniform(bound: 1 / Double(inputs).squareRoot())
    let hasBias = call.bool("bias")
    var operands = [call.tensor("x"), call.parameter("weight", [.fixed(outputs), .fixed(inputs)], initializer)]
    if hasBias { operands.append(call.parameter("bias", [.fixed(outputs)], initializer)) }
    return try call.append(Linear(hasBias: hasBias), operands)
  }
}
