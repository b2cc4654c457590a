import GraphIR
import Tensors

/// An op that maps each element by itself.
///
/// (C1) The operand is of f32; the result has its type.
protocol ElementwiseUnary: Op {
  /// Throws where an attribute is out of range.
  func check() throws(OpError)

  func apply(_ x: Double) -> Double
}

extension ElementwiseUnary {
  package func check() throws(OpError) {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    try operands[0].checkFloat(of: Self.self, operand: 0, constraint: "C1")
    try check()
    return [operands[0]]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    [Tensor(operands[0].dimensions, operands[0].elements.map { apply($0) })]
  }
}

/// An op that combines two tensors element by element.
///
/// (C1) The operands are of f32.
/// (C2) They have the same shape, which is the result's.
protocol ElementwiseBinary: Op {
  /// Throws where an attribute is out of range.
  func check() throws(OpError)

  func apply(_ a: Double, _ b: Double) -> Double
}

extension ElementwiseBinary {
  package func check() throws(OpError) {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    for (index, type) in operands.enumerated() {
      try type.checkFloat(of: Self.self, operand: index, constraint: "C1")
    }
    guard operands[0] == operands[1] else {
      throw OpError(
        "\(Self.mnemonic) needs two tensors of the same shape; got \(operands[0]) and \(operands[1])",
        constraint: "C2", operand: 1)
    }
    try check()
    return [operands[0]]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (a, b) = (operands[0].elements, operands[1].elements)
    return [Tensor(operands[0].dimensions, a.indices.map { apply(a[$0], b[$0]) })]
  }

}

extension ElementwiseBinary where Self: AttributeFreeOp {
  /// The surface of such an op: `name(a, b)`.
  static func makeSurface(_ summary: String) -> Surface {
    Surface(
      mnemonic, summary,
      parameters: [
        Surface.Parameter("a", .tensor, labelled: false, "The left operand."),
        Surface.Parameter("b", .tensor, labelled: false, "The right operand, of the same shape."),
      ]
    ) { (call) throws(OpError) in
      try call.append(Self(), [call.tensor("a"), call.tensor("b")])
    }
  }
}
