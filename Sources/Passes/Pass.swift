import GraphIR

/// A named rewrite of a graph into one that computes the same outputs.
package struct Pass: Sendable {
  /// As `apus opt --passes` takes it, such as `fold-batch-norm`.
  package let name: String
  /// What it does and what for, in one sentence.
  package let reason: String
  /// Throws where the rewritten graph would break a rule of an op: that is a mistake in the pass.
  package let run: @Sendable (Graph) throws(OpError) -> Graph

  package init(_ name: String, _ reason: String, _ run: @escaping @Sendable (Graph) throws(OpError) -> Graph) {
    self.name = name
    self.reason = reason
    self.run = run
  }
}
