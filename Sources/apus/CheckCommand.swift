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
      Says nothing where nothing is wrong; bindings that nothing uses are only warned of.

      Example:
        apus check examples/networks/*.apus
      """)

  @Argument(help: "Network files.", completion: .file(extensions: ["apus"]))
  var files: [String]

  func run() throws {
    var diagnostics: [Diagnostic] = []
    for file in files { diagnostics += Module.load(path: file).check() }
    let failure = Failure(diagnostics)
    if diagnostics.contains(where: { $0.severity == .error }) { throw failure }
    if !diagnostics.isEmpty { writeToStandardError(failure.message) }
  }
}
