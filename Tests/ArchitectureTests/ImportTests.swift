import Testing

/// docs/ARCHITECTURE.md has a table of the targets, each with what it may import; a target imports only what stands
/// above it there.
@Suite struct ImportTests {
  private static let document = "docs/ARCHITECTURE.md"

  private struct Row {
    var target: String
    var imports: Set<String>
  }

  /// The rows of the table: `| Target | what it may import | what it holds |`, the first two in backquotes.
  private func rows() throws -> [Row] {
    let lines = try Repository.lines(of: Self.document)
    guard let header = lines.firstIndex(where: { $0.hasPrefix("| target | imports |") }) else { return [] }
    return lines[(header + 2)...].prefix(while: { $0.hasPrefix("|") }).map { line in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
      func names(_ cell: Int) -> [String] {
        cells[cell].split(separator: "`", omittingEmptySubsequences: false).enumerated()
          .compactMap { $0.offset.isMultiple(of: 2) ? nil : String($0.element) }
      }
      return Row(target: names(1).joined(), imports: Set(names(2)))
    }
  }

  @Test func theTableNamesEveryTargetOnce() throws {
    let targets = Set(Repository.sourceFiles.map(target))
    let named = try rows().map(\.target)
    #expect(Set(named) == targets)
    #expect(named.count == Set(named).count)
  }

  @Test func aTargetMayImportOnlyWhatStandsAboveIt() throws {
    var above: Set<String> = []
    let rows = try rows()
    for row in rows {
      let own = row.imports.intersection(rows.map(\.target))
      #expect(own.subtracting(above).isEmpty, "\(row.target) may import what stands below it")
      above.insert(row.target)
    }
  }

  @Test func sourcesImportOnlyWhatTheTableAllows() throws {
    let allowed = Dictionary(uniqueKeysWithValues: try rows().map { ($0.target, $0.imports) })
    for path in Repository.sourceFiles where path.hasSuffix(".swift") {
      let target = target(of: path)
      for module in try imports(of: path) {
        #expect(
          allowed[target]?.contains(module) == true,
          "\(path) imports \(module), which the table of \(Self.document) does not allow \(target)")
      }
    }
  }

  /// A target's folder has its name, but for the C runtime's: Swift calls that module CRuntime.
  private func target(of path: String) -> String {
    let folder = String(path.split(separator: "/")[1])
    return folder == "Runtime" ? "CRuntime" : folder
  }

  /// The modules that a file imports, whatever stands before the word.
  private func imports(of path: String) throws -> [String] {
    try Repository.lines(of: path).compactMap { line in
      let words = line.split(separator: " ")
      guard let position = words.firstIndex(of: "import"), position + 1 < words.count,
        words[..<position].allSatisfy({ $0.hasPrefix("@") || ["package", "public", "internal"].contains($0) })
      else { return nil }
      return words[position + 1].split(separator: ".").first.map(String.init)
    }
  }
}
