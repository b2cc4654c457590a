import GraphIR
import Kernels

/// Names a tensor in memory: a value in one layout.
struct StorageID: Hashable, Sendable {
  let index: Int
}

/// A value in one layout.
struct Storage: Sendable {
  /// Where it is, if not in the arena.
  enum Place: Hashable, Sendable {
    case input(Int)
    case output(Int)
    /// The place of a parameter under training, of this value.
    case parameter(ValueID)
  }

  var value: ValueID
  var layout: TensorLayout
  var place: Place?
}

/// A step, or several of one node, with storages for operands and results.
struct PlacedStep: Sendable {
  /// nil: a conversion of its one operand.
  var unit: StepUnit?
  /// One for each of the unit's operands; nil for constants.
  var operands: [StorageID?]
  var results: [StorageID]
}
