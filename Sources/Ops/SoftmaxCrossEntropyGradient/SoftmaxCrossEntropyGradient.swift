import Foundation
import GraphIR
import OrderedCollections
import Tensors

/// The gradient of `SoftmaxCrossEntropy`'s logits: dloss / N * (softmax(logits) - target).
///
/// Operands: logits [N, C]; labels [N]; dloss, the gradient of the loss. A label that is no class makes its image's
/// gradient NaN.
///
/// (C1), (C2), (C3) As `SoftmaxCrossEntropy`.
/// (C4) dloss is f32[].
package struct SoftmaxCrossEntropyGradient: Op {
  package static let mnemonic = "softmaxCrossEntropyGradient"

  package var target: SmoothedTarget

  package init(smoothing: Double = 0) { target = SmoothedTarget(smoothing: smoothing) }

  package init(attributes: Attributes) throws(OpError) {
    target = try SmoothedTarget(attributes: attributes, of: Self.self)
  }

  package var attributes: Attributes { target.attributes }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 3)
    try target.check(logits: operands[0], labels: operands[1], of: Self.self)
    try operands[2].check(.scalar, as: "a dloss", of: Self.self, operand: 2, constraint: "C4")
    return [operands[0]]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (images, classes) = (operands[0].dimensions[0], operands[0].dimensions[1])
    let scale = operands[2].elements[0] / Double(images)
    var gradient = target.logProbabilities(logits: operands[0]).map { Foundation.exp($0) * scale }
    for image in 0..<images {
      let targets = target.elements(label: operands[1].elements[image], classes: classes)
      for (index, target) in targets.enumerated() { gradient[image * classes + index] -= target * scale }
    }
    return [Tensor([images, classes], gradient)]
  }
}
