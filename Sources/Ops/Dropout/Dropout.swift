import GraphIR
import OrderedCollections
import Tensors

/// Zeroes elements at random while training; at inference, x.
///
/// (C1) The operand is of f32; the result has its type.
/// (C2) The rate is at least 0 and less than 1.
package struct Dropout: ElementwiseUnary {
  package static let mnemonic = "dropout"

  /// The share of elements that training zeroes.
  package var rate: Double

  package init(rate: Double) { self.rate = rate }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    rate = try reader.float("rate")
    try reader.finish()
  }

  package var attributes: Attributes { ["rate": .float(rate)] }

  package func check() throws(OpError) { try Self.check(rate: rate, of: Self.self, constraint: "C2") }

  static func check(rate: Double, of op: any Op.Type, constraint: String) throws(OpError) {
    guard rate >= 0, rate < 1 else {
      throw OpError(
        "\(op.mnemonic) needs a rate of at least 0 and less than 1; got \(rate)", constraint: constraint)
    }
  }

  package func apply(_ x: Double) -> Double { x }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [dy]
  }

  package static let surface = Surface(
    "dropout", "Zeroes elements at random while training; at inference, x.",
    parameters: [
      .input,
      Surface.Parameter(
        "rate", .float, labelled: false, default: .float(0.5), "The share of elements that training zeroes."),
    ]
  ) { (call) throws(OpError) in
    try call.append(Dropout(rate: call.float("rate")), [call.tensor("x")])
  }
}
