import Diagnostics

/// Reads and parses a file and all that it imports, each once.
struct Loader {
  let readFile: FileReader
  private(set) var trees: [SyntaxTree] = []
  private(set) var diagnostics: [Diagnostic] = []
  private var remainingByteCount = Limits.totalSourceByteCount
  /// Index into `trees` by normalised path; nil where the file could not be read.
  private var indices: [String: Int?] = [:]

  init(readFile: @escaping FileReader) { self.readFile = readFile }

  mutating func load(_ path: String) {
    read(path, importedAt: nil)
    var next = 0
    while next < trees.count {
      let tree = trees[next]
      for declaration in tree.imports {
        let importedPath = resolvePath(declaration.path, from: tree.file.path)
        guard indices[normalisePath(importedPath)] == nil else { continue }
        guard indices.count <= Limits.importedFileCount else {
          diagnostics.append(.tooManyImports(at: declaration.range))
          return
        }
        read(importedPath, importedAt: declaration.range)
      }
      next += 1
    }
    findImportCycles()
  }

  /// The trees that a file imports, as far as they could be read.
  func importedTrees(of tree: SyntaxTree) -> [SyntaxTree] {
    importedIndices(of: tree).map { trees[$0.index] }
  }

  private func importedIndices(of tree: SyntaxTree) -> [(index: Int, range: SourceRange)] {
    tree.imports.compactMap { declaration in
      let path = normalisePath(resolvePath(declaration.path, from: tree.file.path))
      return (indices[path] ?? nil).map { ($0, declaration.range) }
    }
  }

  private mutating func read(_ path: String, importedAt range: SourceRange?) {
    do {
      let file = SourceFile(path: path, bytes: try readFile(path, min(Limits.sourceByteCount, remainingByteCount)))
      remainingByteCount -= file.bytes.count
      let (tree, found) = Parser.parse(file)
      indices[normalisePath(path)] = .some(trees.count)
      trees.append(tree)
      diagnostics += found
    } catch {
      indices[normalisePath(path)] = .some(nil)
      diagnostics.append(.unreadableFile(path, error, at: range))
    }
  }

  /// Reports each import that closes a cycle. Recurses at most `Limits.importedFileCount` deep.
  private mutating func findImportCycles() {
    enum State { case unseen, open, done }
    var states = [State](repeating: .unseen, count: trees.count)
    func visit(_ index: Int) {
      states[index] = .open
      for (imported, range) in importedIndices(of: trees[index]) {
        if states[imported] == .open { diagnostics.append(.importCycle(trees[imported].file.path, at: range)) }
        if states[imported] == .unseen { visit(imported) }
      }
      states[index] = .done
    }
    if !trees.isEmpty { visit(0) }
  }
}

/// A path as a file names it: relative to the file's directory, unless it begins at the root.
func resolvePath(_ path: String, from filePath: String) -> String {
  guard !path.hasPrefix("/"), let slash = filePath.lastIndex(of: "/") else { return path }
  return filePath[...slash] + path
}

/// The path without `.` and `..` where they can be taken out of its text.
private func normalisePath(_ path: String) -> String {
  var parts: [Substring] = []
  for part in path.split(separator: "/") where part != "." {
    if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
  }
  return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
}
