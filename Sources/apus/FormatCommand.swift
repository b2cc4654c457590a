import ArgumentParser
import Diagnostics
import Foundation
import Language

struct FormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "format",
    abstract: "Lays out network files in place.",
    discussion: """
      Sets indentation, spaces and blank lines, and aligns neighbouring bindings. Comments and line breaks stay. A \
      file with a syntax error is left as it is.

      Example:
        apus format examples/networks/*.apus
        apus format --check net.apus
      """)

  @Argument(help: "Network files.", completion: .file(extensions: ["apus"]))
  var files: [String]

  @Flag(help: "Change nothing; name the files that would change, and exit with 1 if there are any.")
  var check = false

  func run() throws {
    var diagnostics: [Diagnostic] = []
    for path in files {
      do {
        let file = try Module.readSource(path)
        let (text, found) = Formatter.format(file)
        diagnostics += found
        guard let text, Array(text.utf8) != file.bytes else { continue }
        if check {
          diagnostics.append(Diagnostic("'\(path)' is not formatted; run 'apus format \(path)'", at: nil))
        } else {
          try write(text, to: path)
        }
      } catch let error as Diagnostic {
        diagnostics.append(error)
      }
    }
    guard diagnostics.isEmpty else { throw Failure(diagnostics) }
  }
}
