import Foundation

/// Files of the repository's examples.
enum Examples {
  static func path(_ name: String) -> String {
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return repository.appending(path: "examples").appending(path: name).path
  }
}
