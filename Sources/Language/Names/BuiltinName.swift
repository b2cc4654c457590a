/// The names with a meaning of their own, which no declaration or binding can have.
enum BuiltinName {
  /// `stack(count, x) { i, x in … }`: the closure applied so many times, each to the last one's value.
  static let stack = "stack"
  /// The function that returns its argument; as a stage it counts like any other.
  static let identity = "identity"
  /// Whether the network is elaborated for training.
  static let training = "training"
  /// The batch size, in the shape of an input.
  static let batch = "N"

  static let functions: Set<String> = [stack, identity]
  static let values: Set<String> = [training, batch]
}
