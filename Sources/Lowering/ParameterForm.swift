/// How a program holds the network's parameters.
package enum ParameterForm: Hashable, Sendable {
  /// Folded and packed for the kernels that read them, once, when a model is compiled.
  case packed
  /// In layouts that follow from their shapes alone, so that training can change them where they are. `places` are the
  /// byte offsets of parameters in the weights image, by name, where another program has placed them in its `byteCount`
  /// bytes; what else there is, other parameters and constants, follows behind.
  case trained(places: [String: Int] = [:], byteCount: Int = 0)
}
