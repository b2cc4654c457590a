import Foundation
import FoundationXML
import Testing
import Training

@Suite struct LearningCurvesTests {
  private func curves(_ log: String) throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: "apus-curves-\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(log.utf8).write(to: file)
    return try LearningCurves(contentsOf: file.path).svg
  }

  private let header = #"{"kind":"header","network":"A<B>&C","evaluated_on":"validation","steps_per_epoch":10}"#

  @Test func everyQuantityHasItsLine() throws {
    let svg = try curves(
      """
      \(header)
      {"kind":"steps","step":5,"epoch":1,"loss":2.0,"error":0.8,"learning_rate":0.1}
      {"kind":"steps","step":10,"epoch":1,"loss":1.0,"error":0.4,"learning_rate":0.1}
      {"kind":"epoch","epoch":1,"step":10,"training_loss":1.5,"training_error":0.6,"test_loss":1.1,"test_error":0.45}
      {"kind":"epoch","epoch":2,"step":20,"training_loss":0.1,"training_error":0.05,"test_loss":0.2,"test_error":0.08}

      """)
    #expect(svg.contains("A&lt;B&gt;&amp;C: validation error 8.00 %, at the least 8.00 %"))
    #expect(svg.matches(of: #/<polyline/#).count == 7)
    #expect(try XMLDocument(data: Data(svg.utf8)).rootElement()?.name == "svg")
    // Two epochs across 700 pixels: the first ends in the middle.
    #expect(svg.contains(#/points="70,[0-9.]+ /#) == false && svg.contains(#/points="245,[0-9.]+ 420,[0-9.]+"/#))
  }

  /// Lines that are damaged, foreign or without numbers are passed over.
  @Test(arguments: [
    "", "{", "[1]", #"{"kind":7}"#, #"{"kind":"steps","step":1,"loss":null,"error":null,"learning_rate":0}"#,
    #"{"kind":"steps","step":9223372036854775807,"loss":1e308,"error":-1e308,"learning_rate":1e-300}"#,
    #"{"kind":"epoch","epoch":1,"step":0,"training_loss":0,"test_loss":0,"test_error":0}"#,
  ])
  func anyLogIsDrawn(_ line: String) throws {
    for log in [line, header + "\n" + line] {
      let svg = try curves(log)
      #expect(try XMLDocument(data: Data(svg.utf8)).rootElement()?.name == "svg")
      #expect(!svg.contains("nan") && !svg.contains("inf"))
    }
  }
}
