import Diagnostics
import Foundation
import Language
import Testing

/// Reading files, which come from outside, and telling about them.
struct FileAccessTests {
  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "apus-language-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  private func message(_ path: String) -> String? {
    Module.load(path: path).check().first?.message.replacing(path, with: "FILE")
  }

  @Test func whatIsNoFileIsRefusedAtOnce() throws {
    try withDirectory { directory in
      #expect(message(directory) == "cannot read 'FILE': it is a directory, not a file")
      #expect(message(directory + "/gone") == "cannot read 'FILE': no such file or directory")
      #expect(mkfifo(directory + "/fifo", 0o600) == 0)
      #expect(message(directory + "/fifo") == "cannot read 'FILE': it is not a regular file")
      #expect(message("/dev/zero") == "cannot read 'FILE': it is not a regular file")
      #expect(message("a\0b") == "cannot read 'FILE': a path cannot hold a zero byte")
    }
  }

  @Test func aHugeFileIsNotRead() throws {
    try withDirectory { directory in
      let path = directory + "/huge.apus"
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      let file = try #require(FileHandle(forWritingAtPath: path))
      // A hole in the file: it takes no space on the disk.
      try file.truncate(atOffset: 1 << 40)
      try file.close()
      #expect(message(path) == "cannot read 'FILE': it is larger than 1048576 bytes, which is the most that is read")
    }
  }

  // MARK: Places in a text

  @Test(arguments: [
    (0, "1:1"), (2, "1:3"), (3, "2:1"), (4, "2:2"), (6, "2:3"), (9, "2:4"), (100, "2:4"), (-1, "1:1"),
  ])
  func columnsCountCharacters(_ offset: Int, _ expected: String) {
    let file = SourceFile(path: "f", bytes: Array("ab\n\té→".utf8))
    #expect(file.location(of: offset).description == expected)
  }

  @Test func tabsAndWideLinesAreShown() {
    let file = SourceFile(path: "f", bytes: Array("\tx = é + bad\u{1}\r\n".utf8))
    let rendered = render([Diagnostic("no", at: SourceRange(file, 10..<13))])
    #expect(rendered == "f:1:10: error: no\n 1 |     x = é + bad\u{FFFD}\n   |             ^~~\n")

    let long = SourceFile(path: "f", bytes: Array(String(repeating: "a", count: 5000).utf8))
    #expect(render([Diagnostic("no", at: SourceRange(long, 2500..<2501))]).count < 600)
  }

  @Test func colorsAreEscapes() {
    let text = DiagnosticRenderer(usesColor: true).render(Diagnostic("no", at: nil))
    #expect(text == "\u{1B}[1;31merror:\u{1B}[0m \u{1B}[1mno\u{1B}[0m\n")
  }

  // MARK: Suggestions

  @Test(
    arguments: [
      ("rellu", "relu"), ("Relu", "relu"), ("kernal", "kernel"), ("sride", "stride"), ("stirde", "stride"),
      ("banana", nil), ("x", nil), ("", nil),
    ] as [(String, String?)])
  func nearNamesAreSuggested(_ name: String, _ expected: String?) {
    #expect(nearestName(to: name, among: ["relu", "kernel", "stride", "padding", "y"]) == expected)
  }

  @Test(arguments: [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 1), ("abc", "abc", 0)])
  func editsAreCounted(_ a: String, _ b: String, _ expected: Int) {
    #expect(editDistance(Array(a.utf8), Array(b.utf8)) == expected)
  }
}
