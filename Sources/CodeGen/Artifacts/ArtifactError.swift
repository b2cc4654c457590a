/// Why an artifact could not be made: a sentence for people, with what to do.
package struct ArtifactError: Error, Hashable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
