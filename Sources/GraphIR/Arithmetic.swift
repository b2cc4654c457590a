/// What a compiled network may do to the numbers of its convolutions.
package enum Arithmetic: Hashable, Sendable {
  /// Any algorithm, by speed.
  case fast
  /// Algorithms that multiply the network's own numbers.
  case exact
  /// The same, and forward sums in f64. It is slow, and for comparisons: where the input of a ReLU is as near to zero as
  /// rounding reaches, rounding decides whether a gradient passes.
  case extended
}
