import ArgumentParser
import Diagnostics
import Foundation

@main
struct Apus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apus",
    abstract: "Compiles deep networks to native code that stands on nothing.",
    discussion: """
      Data goes to standard output, everything else to standard error. Exit codes: 0, 1 for input at fault, 2 for \
      wrong usage, 70 for a mistake of ours.

      Examples:
        apus check net.apus
        apus run net.apus --seed 1 picture.png
        apus compile net.apus --weights net.safetensors -o net
      """,
    version: "apus 0.1.0-dev",
    subcommands: [
      CheckCommand.self, FormatCommand.self, ShowCommand.self, CompileCommand.self, RunCommand.self,
      TrainCommand.self, EvaluateCommand.self, BenchCommand.self, ProfileCommand.self, TuneCommand.self,
      VerifyCommand.self, GradientsCommand.self, OptCommand.self,
    ])

  static func main() {
    do {
      try respond()
      try finishStandardOutput()
    } catch {
      let failure = Failure(error)
      if !failure.message.isEmpty { writeToStandardError(failure.message) }
      Foundation.exit(failure.kind.rawValue)
    }
  }

  private static func respond() throws {
    do {
      try refuseUnknownCommand(CommandLine.arguments.dropFirst().first)
      try run(parseAsRoot())
    } catch  where exitCode(for: error) == .success {
      // Help was asked for.
      print(fullMessage(for: error))
    }
  }

  /// The argument parser would call it an unexpected argument.
  private static func refuseUnknownCommand(_ word: String?) throws(Failure) {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard let word, !word.hasPrefix("-"), !names.contains(word) else { return }
    if word.hasSuffix(".apus") {
      throw Failure(usage: "A command comes first, such as: apus check \(word)", command: "apus")
    }
    let suggestion = nearestName(to: word, among: names).map { "; did you mean '\($0)'?" } ?? "."
    throw Failure(usage: "There is no command '\(word)'\(suggestion)", command: "apus")
  }

  private static func run(_ command: any ParsableCommand) throws {
    var command = command
    do {
      try command.run()
    } catch let error as ValidationError {
      // What is found only now is explained as what parsing finds.
      throw Failure(usage: error.message, command: "apus \(type(of: command).configuration.commandName ?? "")")
    }
  }
}
