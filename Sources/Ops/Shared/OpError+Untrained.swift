import GraphIR

extension OpError {
  /// A gradient with a weight that is a constant.
  static func untrained(_ op: any Op.Type) -> OpError {
    OpError("'\(op.mnemonic)' is compiled in programs that train their parameters only")
  }
}
