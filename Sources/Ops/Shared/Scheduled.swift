import GraphIR

/// A problem with its schedule: what a kernel's code depends on.
struct Scheduled<Problem: Hashable & Sendable, Schedule: Hashable & Sendable>: Hashable, Sendable {
  var problem: Problem
  var schedule: Schedule
}

extension OpError {
  /// A gradient with a weight that is a constant.
  static func untrained(_ op: any Op.Type) -> OpError {
    OpError("'\(op.mnemonic)' is compiled in programs that train their parameters only")
  }
}
