import ArgumentParser
import Foundation

@main
struct Apus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apus",
    abstract: "Compiles deep networks to native code that stands on nothing.",
    discussion: """
      Data goes to standard output, everything else to standard error. Exit codes: 0, 1 for input at fault, 2 for \
      wrong usage, 70 for a mistake of ours.
      """,
    subcommands: [
      CheckCommand.self, FormatCommand.self, ShowCommand.self, CompileCommand.self, RunCommand.self,
      BenchCommand.self, VerifyCommand.self, OptCommand.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch  where exitCode(for: error) == .success {
      // Help was asked for.
      print(fullMessage(for: error))
    } catch {
      let failure = Failure(error)
      writeToStandardError(failure.message)
      Foundation.exit(failure.kind.rawValue)
    }
  }
}

/// Writes `text` and the end of a line.
func writeToStandardError(_ text: String) {
  FileHandle.standardError.write(Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
}
