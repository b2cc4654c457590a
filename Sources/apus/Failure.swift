import ArgumentParser
import CodeGen
import Compiler
import Diagnostics
import Formats
import Foundation

/// What a command says before it ends, and the exit code that it ends with.
struct Failure: Error {
  /// The exit codes that scripts rely on.
  enum Kind: Int32 {
    /// A file, or what is in it, is at fault.
    case input = 1
    case usage = 2
    /// A mistake in Apus.
    case bug = 70
  }

  var kind: Kind
  var message: String

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// What is wrong with the arguments, and where to read on.
  init(usage message: String, command: String) {
    self.init(.usage, "Error: \(message)\n  See '\(command) --help' for more information.")
  }

  /// All of `diagnostics`, rendered.
  init(_ diagnostics: [Diagnostic], kind: Kind = .input) {
    self.init(kind, DiagnosticRenderer(usesColor: isatty(STDERR_FILENO) != 0).render(diagnostics))
  }

  /// Any error that a command throws.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as FileError: self.init(.input, error.description)
    case let error as WeightsError: self.init(.input, error.description)
    case let error as ArtifactError: self.init(.input, "apus: error: \(error.description)")
    case let error as RuntimeFailure: self.init(.input, "apus: error: \(error.description)")
    case let error as CocoaError where error.filePath != nil || error.underlying is POSIXError:
      self.init(.input, "apus: error: \(error.filePath ?? "a file") cannot be written: \(Self.reason(error))")
    case let code as ExitCode: self.init(Kind(rawValue: code.rawValue) ?? .bug, "")
    case let diagnostic as Diagnostic: self.init([diagnostic])
    case _ where Apus.exitCode(for: error) == .validationFailure: self.init(.usage, Apus.fullMessage(for: error))
    default: self.init(.bug, "apus: error: this is a mistake in Apus, please report it: \(error)")
    }
  }

  /// What the system said of a file, where the library that was asked kept it.
  private static func reason(_ error: CocoaError) -> String {
    guard let cause = error.underlying as? POSIXError else { return error.localizedDescription }
    return String(cString: strerror(cause.code.rawValue))
  }
}
