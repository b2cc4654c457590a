import GraphIR
import OrderedCollections
import Tensors

/// x * scale + shift, with two numbers: what arithmetic of a tensor with a number becomes.
///
/// (C1) The operand is of f32; the result has its type.
/// (C2) Scale and shift are finite.
package struct Affine: ElementwiseUnary {
  package static let mnemonic = "affine"

  package var scale: Double
  package var shift: Double

  package init(scale: Double, shift: Double) {
    self.scale = scale
    self.shift = shift
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    scale = try reader.float("scale", default: 1)
    shift = try reader.float("shift", default: 0)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = [:]
    attributes.append("scale", .float(scale), default: .float(1))
    attributes.append("shift", .float(shift), default: .float(0))
    return attributes
  }

  package func check() throws(OpError) {
    guard scale.isFinite, shift.isFinite else {
      throw OpError("affine needs a finite scale and shift; got \(scale) and \(shift)", constraint: "C2")
    }
  }

  package func apply(_ x: Double) -> Double { x * scale + shift }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [try builder.append(Affine(scale: scale, shift: 0), [dy], for: node)]
  }

  package static let surface = Surface(
    "affine", "x * scale + shift, with two numbers.",
    parameters: [
      .input,
      Surface.Parameter("scale", .float, default: .float(1), "What each element is multiplied by."),
      Surface.Parameter("shift", .float, default: .float(0), "What is added then."),
    ]
  ) { (call) throws(OpError) in
    try call.append(Affine(scale: call.float("scale"), shift: call.float("shift")), [call.tensor("x")])
  }
}
