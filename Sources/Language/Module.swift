import Diagnostics
import GraphIR
import Ops

/// Reads a file of at most so many bytes.
package typealias FileReader = @Sendable (_ path: String, _ byteLimit: Int) throws(FileAccessError) -> [UInt8]

/// A network file with the files it imports, read and resolved: its names are known to mean something. Networks are
/// made from it by `elaborate`.
package struct Module: Sendable {
  package let root: SourceFile
  /// What is wrong with the files, networks not yet elaborated, in the order of the files' text.
  package let diagnostics: [Diagnostic]
  /// The files read, the root first.
  let trees: [SyntaxTree]
  let scopes: [SourceFile: FileScope]
  let surfaces: [String: Surface]
  let readFile: FileReader

  var rootScope: FileScope { scopes[root] ?? FileScope() }

  package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  /// The text of a network file, not yet looked at.
  package static func readSource(_ path: String) throws(Diagnostic) -> SourceFile {
    do {
      return SourceFile(path: path, bytes: try SourceFile.readBytes(path: path, byteLimit: Limits.sourceByteCount))
    } catch {
      throw .unreadableFile(path, error, at: nil)
    }
  }

  /// Reads `path` and what it imports. Built-in functions are those of `surfaces`. Never throws: what is wrong is
  /// in `diagnostics`.
  package static func load(
    path: String, surfaces: [String: Surface] = OpRegistry.surfaces,
    readFile: @escaping FileReader = { (path, limit) throws(FileAccessError) in
      try SourceFile.readBytes(path: path, byteLimit: limit)
    }
  ) -> Module {
    var loader = Loader(readFile: readFile)
    loader.load(path)
    let root = loader.trees.first?.file ?? SourceFile(path: path, bytes: [])
    var diagnostics = loader.diagnostics
    var scopes: [SourceFile: FileScope] = [:]
    for tree in loader.trees {
      scopes[tree.file] = FileScope(tree, imported: loader.importedTrees(of: tree), diagnostics: &diagnostics)
    }
    for tree in loader.trees {
      var resolver = Resolver(scope: scopes[tree.file] ?? FileScope(), surfaces: surfaces)
      resolver.resolve(tree)
      diagnostics += resolver.diagnostics
    }
    diagnostics += findRecursion(loader.trees, scopes)
    diagnostics.dropWarningsBesideErrors()
    return Module(
      root: root, diagnostics: diagnostics.sortedByPlace(files: loader.trees.map(\.file)), trees: loader.trees,
      scopes: scopes, surfaces: surfaces, readFile: readFile)
  }
}

extension [Diagnostic] {
  /// What an error hides may be why something seems unused.
  mutating func dropWarningsBesideErrors() {
    if contains(where: { $0.severity == .error }) { removeAll { $0.severity == .warning } }
  }

  /// In the order of the files and of their text, at most `Limits.diagnosticCount`; those without a place first.
  func sortedByPlace(files: [SourceFile]) -> [Diagnostic] {
    let order = Dictionary(files.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let keyed = enumerated().map { offset, diagnostic in
      let range = diagnostic.range
      let file = range.map { order[$0.file] ?? files.count } ?? -1
      return (key: (file, range?.bytes.lowerBound ?? 0, offset), diagnostic: diagnostic)
    }
    return Array(keyed.sorted { $0.key < $1.key }.map(\.diagnostic).prefix(Limits.diagnosticCount))
  }
}
