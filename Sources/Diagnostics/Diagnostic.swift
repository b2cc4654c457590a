/// Something to tell the author of a file: where, what, and how to mend it.
package struct Diagnostic: Hashable, Sendable, Error {
  package enum Severity: String, Hashable, Sendable { case error, warning, note }

  /// A second place that explains the first, such as where a shape came from.
  package struct Note: Hashable, Sendable {
    package var message: String
    package var range: SourceRange?

    package init(_ message: String, at range: SourceRange?) {
      self.message = message
      self.range = range
    }
  }

  /// A replacement that mends the error for sure.
  package struct FixIt: Hashable, Sendable {
    package var message: String
    package var range: SourceRange
    package var replacement: String

    package init(_ message: String, replacing range: SourceRange, with replacement: String) {
      self.message = message
      self.range = range
      self.replacement = replacement
    }
  }

  package var severity: Severity
  package var message: String
  package var range: SourceRange?
  package var notes: [Note]
  package var fixIts: [FixIt]

  package init(
    _ severity: Severity, _ message: String, at range: SourceRange?, notes: [Note] = [], fixIts: [FixIt] = []
  ) {
    self.severity = severity
    self.message = message
    self.range = range
    self.notes = notes
    self.fixIts = fixIts
  }
  /// An error.
  package init(_ message: String, at range: SourceRange?, notes: [Note] = [], fixIts: [FixIt] = []) {
    self.init(.error, message, at: range, notes: notes, fixIts: fixIts)
  }
}
