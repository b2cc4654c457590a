import GraphIR
import OrderedCollections

/// An op with no attributes: its name says all.
protocol AttributeFreeOp: Op {
  init()
}

extension AttributeFreeOp {
  package var attributes: Attributes { [:] }

  package init(attributes: Attributes) throws(OpError) {
    try AttributeReader(attributes, of: Self.self).finish()
    self.init()
  }

  /// The surface of such an op with one operand: `name(x)`.
  static func makeSurface(_ summary: String) -> Surface {
    Surface(mnemonic, summary, parameters: [.input]) { (call) throws(OpError) in
      try call.append(Self(), [call.tensor("x")])
    }
  }
}

extension Surface.Parameter {
  /// The tensor that an op computes on, which a pipeline supplies.
  static let input = Surface.Parameter("x", .tensor, labelled: false, "The input.")
}
