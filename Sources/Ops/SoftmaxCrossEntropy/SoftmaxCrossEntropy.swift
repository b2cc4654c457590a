import GraphIR
import OrderedCollections
import Tensors

/// The mean over a batch of -sum(target * log(softmax(logits))). The target of an image is 1 - smoothing at its label
/// and smoothing / C more at every class (Szegedy et al., *Rethinking the Inception Architecture*, section 7).
///
/// Operands: logits [N, C]; labels [N], the class of each image. A label that is no class makes the loss NaN.
/// Result: the loss, f32[].
///
/// (C1) The logits are f32 of rank 2, [N, C].
/// (C2) The labels are i32[N].
/// (C3) Smoothing is at least 0 and less than 1.
package struct SoftmaxCrossEntropy: Op {
  package static let mnemonic = "softmaxCrossEntropy"

  package var target: SmoothedTarget

  package init(smoothing: Double = 0) { target = SmoothedTarget(smoothing: smoothing) }

  package init(attributes: Attributes) throws(OpError) {
    target = try SmoothedTarget(attributes: attributes, of: Self.self)
  }

  package var attributes: Attributes { target.attributes }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    try target.check(logits: operands[0], labels: operands[1], of: Self.self)
    return [.scalar]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (images, classes) = (operands[0].dimensions[0], operands[0].dimensions[1])
    let logarithms = target.logProbabilities(logits: operands[0])
    let sum = (0..<images).reduce(0.0) { sum, image in
      let targets = target.elements(label: operands[1].elements[image], classes: classes)
      let logarithms = logarithms[image * classes..<(image + 1) * classes]
      return sum - zip(targets, logarithms).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return [Tensor([], [sum / Double(images)])]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    let gradient = SoftmaxCrossEntropyGradient(smoothing: target.smoothing)
    return [try builder.append(gradient, node.operands + [dy], for: node), nil]
  }
}
