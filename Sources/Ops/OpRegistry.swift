import GraphIR

/// The one list of ops: what printed graphs may hold and network files may call.
package enum OpRegistry {
  package struct Entry: Sendable {
    package var op: any Op.Type
    /// How network files call it; none for ops that only passes make.
    package var surfaces: [Surface]

    init(_ op: any Op.Type, _ surfaces: Surface...) {
      self.op = op
      self.surfaces = surfaces
    }
  }

  /// One line an op.
  package static let entries: [Entry] = [
    Entry(Add.self, Add.surface),
    Entry(BatchNorm.self, BatchNorm.surface),
    Entry(Conv2D.self, Conv2D.surface),
    Entry(GlobalAveragePool.self, GlobalAveragePool.surface),
    Entry(Linear.self, Linear.surface),
    Entry(MaxPool2D.self, MaxPool2D.surface),
    Entry(ReLU.self, ReLU.surface),
  ]

  /// What readers of printed graphs are handed.
  package static let table = OpTable(entries.map(\.op))

  /// The built-in functions of network files by name.
  package static let surfaces: [String: Surface] = Dictionary(
    entries.flatMap(\.surfaces).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}
