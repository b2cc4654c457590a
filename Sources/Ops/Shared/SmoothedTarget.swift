import Foundation
import GraphIR
import OrderedCollections
import Tensors

/// What a classifier is to say of an image: 1 - smoothing at its label, and smoothing / C more at every class.
package struct SmoothedTarget: Hashable, Sendable {
  package var smoothing: Double

  package init(smoothing: Double) { self.smoothing = smoothing }

  package init(attributes: Attributes, of op: any Op.Type) throws(OpError) {
    var reader = AttributeReader(attributes, of: op)
    smoothing = try reader.float("smoothing", default: 0)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = [:]
    attributes.append("smoothing", .float(smoothing), default: .float(0))
    return attributes
  }

  /// Constraints (C1) to (C3) of `SoftmaxCrossEntropy`.
  func check(logits: TensorType, labels: TensorType, of op: any Op.Type) throws(OpError) {
    _ = try logits.featureCount(of: op, operand: 0, constraint: "C1")
    try labels.check(TensorType(.i32, [logits.shape[0]]), as: "labels", of: op, operand: 1, constraint: "C2")
    guard smoothing >= 0, smoothing < 1 else {
      throw OpError(
        "\(op.mnemonic) needs a smoothing of at least 0 and less than 1; got \(smoothing)", constraint: "C3")
    }
  }

  /// The targets of one image; all NaN where the label is no class.
  func elements(label: Double, classes: Int) -> [Double] {
    guard let label = Int(exactly: label), (0..<classes).contains(label) else {
      return [Double](repeating: .nan, count: classes)
    }
    var targets = [Double](repeating: smoothing / Double(classes), count: classes)
    targets[label] += 1 - smoothing
    return targets
  }

  /// log(softmax(logits)) of each image, with exponents of at most 0, which cannot overflow.
  func logProbabilities(logits: Tensor) -> [Double] {
    let (images, classes) = (logits.dimensions[0], logits.dimensions[1])
    return (0..<images).flatMap { image -> [Double] in
      let row = logits.elements[image * classes..<(image + 1) * classes]
      let largest = row.max() ?? 0
      let logarithm = Foundation.log(row.reduce(0) { $0 + Foundation.exp($1 - largest) })
      return row.map { $0 - largest - logarithm }
    }
  }
}
