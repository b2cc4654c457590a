/// The ops that a printed graph may hold, by mnemonic. GraphIR knows no op itself: readers of text are handed this.
package struct OpTable: Sendable {
  private let opsByMnemonic: [String: any Op.Type]

  package init(_ ops: [any Op.Type]) {
    opsByMnemonic = Dictionary(ops.map { ($0.mnemonic, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package subscript(mnemonic: String) -> (any Op.Type)? { opsByMnemonic[mnemonic] }

  /// All mnemonics, sorted, for "did you mean".
  package var mnemonics: [String] { opsByMnemonic.keys.sorted() }
}
