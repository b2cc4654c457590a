import Foundation
import GraphIR
import Tensors

/// exp(x) / sum(exp(x)) over the classes of each image.
///
/// Operand: input [N, C].
///
/// (C1) The input is f32 of rank 2, [N, C].
package struct Softmax: AttributeFreeOp {
  package static let mnemonic = "softmax"

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    try operands[0].checkFloat(of: Self.self, operand: 0, constraint: "C1")
    guard operands[0].shape.rank == 2 else {
      throw OpError("softmax needs an input of rank 2, [N, C]; got \(operands[0])", constraint: "C1", operand: 0)
    }
    return [operands[0]]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (images, classes) = (operands[0].dimensions[0], operands[0].dimensions[1])
    var elements: [Double] = []
    for image in 0..<images {
      let logits = operands[0].elements[image * classes..<(image + 1) * classes]
      // Exponents at most 0 cannot overflow.
      let largest = logits.max() ?? 0
      let powers = logits.map { Foundation.exp($0 - largest) }
      let sum = powers.reduce(0, +)
      elements += powers.map { $0 / sum }
    }
    return [Tensor([images, classes], elements)]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [try builder.append(SoftmaxGradient(), [dy, node.results[0]], for: node)]
  }

  package static let surface = makeSurface("Probabilities of the classes: exp(x) / sum(exp(x)).")
}
