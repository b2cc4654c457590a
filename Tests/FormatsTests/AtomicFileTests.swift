import Formats
import Foundation
import Testing

/// Files that are written whole or not at all.
@Suite struct AtomicFileTests {
  private func withDirectory(_ body: (URL) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "apus-atomic-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
  }

  private func write(_ text: String, to url: URL) throws(FileError) {
    let bytes = Array(text.utf8)
    try AtomicFile.write(to: url.path) { file throws(FileError) in try file.append(bytes) }
  }

  private func permissions(of url: URL) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
  }

  @Test func aFileKeepsItsPermissions() throws {
    try withDirectory { directory in
      let file = directory.appending(path: "file")
      try write("old", to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o602], ofItemAtPath: file.path)
      try write("new", to: file)
      #expect(try String(contentsOf: file, encoding: .utf8) == "new")
      #expect(try permissions(of: file) == 0o602)
    }
  }

  @Test func aLinkIsFollowed() throws {
    try withDirectory { directory in
      let (file, link) = (directory.appending(path: "file"), directory.appending(path: "link"))
      try write("old", to: file)
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
      try write("new", to: link)
      #expect(try String(contentsOf: file, encoding: .utf8) == "new")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
    }
  }

  @Test func onlyAFileIsReplaced() throws {
    try withDirectory { directory in
      let fifo = directory.appending(path: "fifo")
      try #require(mkfifo(fifo.path, 0o600) == 0)
      let refusal = "cannot be written: it is not a regular file"
      #expect(throws: FileError(fifo.path, refusal)) { try write("new", to: fifo) }
      #expect(throws: FileError(directory.path, "cannot be written: it is a directory")) {
        try write("new", to: directory)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["fifo"])
    }
  }
}
