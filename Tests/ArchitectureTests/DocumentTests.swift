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
