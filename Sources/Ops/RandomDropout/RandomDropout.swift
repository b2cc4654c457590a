import GraphIR
import OrderedCollections
import Tensors

/// Dropout while training: zeroes elements at random and scales the others by 1 / (1 - rate), so that the mean stays
/// (Srivastava et al., *Dropout*, section 10). Which elements stay is a function of the seed, the op's salt and the
/// element's index alone (`DropoutChoice`), so that the gradient is the same op on dy.
///
/// Operands: x; seed.
///
/// (C1) x is f32; the result has its type.
/// (C2) The rate is at least 0 and less than 1.
/// (C3) The seed is i32[].
/// (C4) The salt, which tells the dropouts of one network apart, is 0 to 2^31 - 1.
package struct RandomDropout: Op {
  package static let mnemonic = "randomDropout"

  /// The share of elements that are zeroed.
  package var rate: Double
  package var salt: Int

  package init(rate: Double, salt: Int) {
    self.rate = rate
    self.salt = salt
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    rate = try reader.float("rate")
    salt = try reader.int("salt")
    try reader.finish()
  }

  package var attributes: Attributes { ["rate": .float(rate), "salt": .int(salt)] }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    try operands[0].checkFloat(of: Self.self, operand: 0, constraint: "C1")
    try Dropout.check(rate: rate, of: Self.self, constraint: "C2")
    try operands[1].check(TensorType(.i32, []), as: "a seed", of: Self.self, operand: 1, constraint: "C3")
    guard (0...Int(Int32.max)).contains(salt) else {
      throw OpError("\(Self.mnemonic) needs a salt of 0 to 2^31 - 1; got \(salt)", constraint: "C4")
    }
    return [operands[0]]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let choice = DropoutChoice(rate: rate, salt: salt)
    let key = choice.key(seed: Int32(truncatingIfNeeded: Int(operands[1].elements[0])))
    let elements = operands[0].elements.enumerated().map { index, element in
      choice.keeps(UInt32(truncatingIfNeeded: index), key: key) ? element * choice.scale : 0
    }
    return [Tensor(operands[0].dimensions, elements)]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [try builder.append(self, [dy, node.operands[1]], for: node), nil]
  }
}
