import GraphIR

/// Throws where what is added to a variance is not a positive number.
func checkEpsilon(_ epsilon: Double, of op: any Op.Type, constraint: String) throws(OpError) {
  guard epsilon > 0, epsilon.isFinite else {
    throw OpError("\(op.mnemonic) needs a positive epsilon; got \(epsilon)", constraint: constraint)
  }
}
