import Diagnostics
import Foundation
import GraphIR
import Ops
import Testing

/// What docs/ir.md shows can be read.
struct DocumentTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
  }

  /// The code blocks of a language in a document.
  private func blocks(_ language: String, in document: String) throws -> [String] {
    try text(document).components(separatedBy: "```\(language)\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
  }

  @Test func shownGraphsCanBeRead() throws {
    let blocks = try blocks("apus-graph", in: "docs/ir.md")
    #expect(!blocks.isEmpty)
    for block in blocks {
      let file = SourceFile(path: "docs/ir.md", bytes: Array(block.utf8))
      let (graph, diagnostics) = parseGraph(file, ops: OpRegistry.table)
      #expect(diagnostics == [])
      let printed = try #require(graph).description
      #expect(block.hasSuffix(printed))
    }
  }

  @Test func functionReferenceIsCurrent() throws {
    let reference = try FunctionReference.text(source: text)
    if ProcessInfo.processInfo.environment["APUS_BLESS"] == "1" {
      try reference.write(to: Self.root.appending(path: FunctionReference.path), atomically: true, encoding: .utf8)
    }
    let isCurrent = try text(FunctionReference.path) == reference
    #expect(isCurrent, "\(FunctionReference.path) is out of date: run again with APUS_BLESS=1")
  }
}
