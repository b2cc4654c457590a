import Foundation
import Testing

@Suite struct ConventionTests {
  /// Words are split so that this file does not hold them.
  private static let unfinished = ["TO" + "DO", "FIX" + "ME", "HA" + "CK"]
  private static let traps = ["try" + "!", "as" + "!", "fatal" + "Error("]

  @Test func nothingIsLeftForLater() throws {
    let paths =
      ["Sources", "Tests", "Benchmarks", "tools", "examples"].flatMap {
        Repository.files(under: $0, extensions: ["swift", "c", "h", "apus", "sh", ""])
      } + Repository.documents
    for path in paths {
      let text = try Repository.text(of: path)
      let found = Self.unfinished.filter(text.contains)
      #expect(found.isEmpty, "\(path): do it, or open an issue")
    }
  }

  @Test func sourcesDoNotTrapOnErrors() throws {
    for path in Repository.sourceFiles where path.hasSuffix(".swift") {
      let text = try Repository.text(of: path)
      let found = Self.traps.filter(text.contains)
      #expect(found.isEmpty, "\(path): throw an error")
    }
  }

  /// A release build keeps internal names to their modules, and tests are run on one.
  @Test func testsUseWhatTargetsOffer() throws {
    for path in Repository.files(under: "Tests", extensions: ["swift"]) {
      let found = try Repository.text(of: path).contains("@" + "testable")
      #expect(!found, "\(path): import the module plainly, and make what the test needs package")
    }
  }

  @Test func toolsAreDocumented() throws {
    let text = try Repository.documents.map(Repository.text).joined()
    for tool in Repository.files(under: "tools", extensions: [""]) {
      let isNamed = text.contains(tool)
      #expect(isNamed, "no document names \(tool)")
    }
  }
}
