import GraphIR

/// The one list of ops: what printed graphs may hold and network files may call.
package enum OpRegistry {
  package struct Entry: Sendable {
    package var op: any Op.Type
    /// nil for ops that only passes make.
    package var surface: Surface?
  }

  /// One line an op.
  package static let entries: [Entry] = []
}
