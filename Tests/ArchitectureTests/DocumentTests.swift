import Foundation
import Testing

/// A code block of a document whose first line is `// PATH` quotes that file, with the file's own indentation.
@Suite struct DocumentTests {
  private struct Quotation {
    var document: String
    var path: String
    var text: String
  }

  @Test func quotedCodeIsInTheSources() throws {
    let quotations = try Repository.documents.flatMap(quotations)
    #expect(Set(quotations.map(\.document)).isSuperset(of: ["docs/adding-an-op.md", "docs/adding-a-pass.md"]))
    for quotation in quotations {
      let isQuoted = try Repository.text(of: quotation.path).contains(quotation.text)
      #expect(isQuoted, "\(quotation.document) quotes what \(quotation.path) does not hold:\n\(quotation.text)")
    }
  }

  /// Wherever a file of the repository is named by its path, there is one.
  @Test func namedFilesExist() throws {
    let paths =
      ["Sources", "Tests", "examples", "tools"].flatMap { Repository.files(under: $0, extensions: Self.textExtensions) }
      + Repository.documents + Repository.rootFiles(extension: "swift")
    for path in paths {
      for match in try Repository.text(of: path).matches(
        of: /\b(?:docs|Sources|Tests|tools|examples)\/[\w\/+-]+(?:\.\w+)?/)
      {
        let exists = FileManager.default.fileExists(atPath: Repository.root.appending(path: String(match.output)).path)
        #expect(exists, "\(path) names \(match.output)")
      }
    }
  }

  private static let textExtensions: Set<String> = ["swift", "c", "h", "apus", "py", ""]

  private func quotations(of document: String) throws -> [Quotation] {
    // Text and code take turns.
    let parts = try Repository.text(of: document).components(separatedBy: "```")
    return parts.enumerated().filter { !$0.offset.isMultiple(of: 2) }.compactMap { _, block in
      let lines = block.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
      guard lines.count == 3, lines[1].hasPrefix("// "), lines[1].contains("/"), !lines[1].dropFirst(3).contains(" ")
      else { return nil }
      return Quotation(document: document, path: String(lines[1].dropFirst(3)), text: String(lines[2]))
    }
  }
}
