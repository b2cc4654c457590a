import Foundation
import Testing

/// docs/c-api.md, read as its readers do: every command of it is run, in order, and its programs are compiled.
@Suite struct CInterfaceGuideTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  private struct Guide {
    var programs: [String] = []
    var commands: [String] = []

    init(_ text: String) {
      var isProgram = false
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("```") {
          isProgram = line == "```c"
          if isProgram { programs.append("") }
        } else if isProgram {
          programs[programs.count - 1] += line + "\n"
        } else if line.hasPrefix("    "), let last = commands.last, last.hasSuffix("\\") {
          commands[commands.count - 1] = String(last.dropLast()) + line.drop { $0 == " " }
        } else if line.hasPrefix("    ") {
          commands.append(String(line.dropFirst(4)))
        }
      }
    }
  }

  /// An .npy file of one picture, all zero.
  private var picture: Data {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 28, 28), }\n"
    return Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(text.utf8.count), 0]) + Data(text.utf8)
      + Data(count: 28 * 28 * 4)
  }

  @Test func everyCommandWorks() throws {
    let text = try String(contentsOf: Self.repository.appending(path: "docs/c-api.md"), encoding: .utf8)
    let guide = Guide(text)
    try #require(guide.programs.count == 3 && guide.commands.count >= 12)
    let directory = FileManager.default.temporaryDirectory.appending(path: "apus-guide-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try FileManager.default.createSymbolicLink(
      at: directory.appending(path: "examples"), withDestinationURL: Self.repository.appending(path: "examples"))
    try guide.programs[0].write(to: directory.appending(path: "first.c"), atomically: true, encoding: .utf8)
    try guide.programs[2].write(to: directory.appending(path: "train.c"), atomically: true, encoding: .utf8)
    try picture.write(to: directory.appending(path: "x.npy"))

    for command in guide.commands {
      let (status, output) = try run(command, in: directory)
      #expect(status == 0, "\(command)\n\(output)")
      if command == "./first" { #expect(output.split(separator: "\n").count == 10) }
      if command == "./train" {
        let losses = output.split(separator: "\n").compactMap { Double($0) }
        #expect(losses.count == 20 && losses[19] < losses[0] / 2, "\(losses)")
      }
    }
    for file in ["fashion.weights", "clothes.safetensors", "y.npy"] {
      #expect(FileManager.default.fileExists(atPath: directory.appending(path: file).path))
    }

    let snippet = "#include \"fashion.h\"\n" + guide.programs[1]
    try snippet.write(to: directory.appending(path: "hook.c"), atomically: true, encoding: .utf8)
    let (status, output) = try run("clang -fsyntax-only -Wall -Wextra -Werror hook.c", in: directory)
    #expect(status == 0, "\(output)")
  }

  /// Runs a shell command with the `apus` that was built beside these tests in PATH.
  private func run(_ command: String, in directory: URL) throws -> (status: Int32, output: String) {
    let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "PATH=\(products.path):$PATH; " + command]
    process.currentDirectoryURL = directory
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
