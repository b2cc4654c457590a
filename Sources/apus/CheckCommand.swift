import ArgumentParser
import Diagnostics
import Foundation
import Language

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Says what is wrong with network files, all at once.",
    discussion: """
      Names, calls and shapes are checked, of every block, and of every network whose parameters all have defaults. \
      Says nothing where nothing is wrong.

      Example:
        apus check examples/networks/*.apus
      """)

  @Argument(help: "Network files.", completion: .file(extensions: ["apus"]))
  var files: [String]

  func run() throws {
    var diagnostics: [Diagnostic] = []
    for file in files { diagnostics += Module.load(path: file).check() }
    guard diagnostics.isEmpty else { throw Failure(diagnostics) }
  }
}
