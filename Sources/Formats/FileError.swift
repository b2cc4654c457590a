/// What is wrong with a file from outside, in words for whoever gave it.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path as it was given.
  package var path: String
  package var message: String

  package init(_ path: String, _ message: String) {
    self.path = path
    self.message = message
  }

  package var description: String { "\(path): error: \(message)" }
}
