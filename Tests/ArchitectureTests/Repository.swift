import Foundation

/// The files of this repository, by their paths from its root.
enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The files under `directory` with one of the extensions, sorted; hidden ones left out.
  static func files(under directory: String, extensions: Set<String>? = nil) -> [String] {
    let base = root.appending(path: directory)
    let enumerator = FileManager.default.enumerator(
      at: base, includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles])
    var paths: [String] = []
    while let url = enumerator?.nextObject() as? URL {
      guard (try? url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true else { continue }
      if let extensions, !extensions.contains(url.pathExtension) { continue }
      paths.append(String(url.path.dropFirst(root.path.count + 1)))
    }
    return paths.sorted()
  }

  /// The files at the root itself.
  static func rootFiles(extension pathExtension: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter { $0.hasSuffix("." + pathExtension) }.sorted()
  }

  static var documents: [String] { files(under: "docs", extensions: ["md"]) + rootFiles(extension: "md") }

  static func text(of path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func lines(of path: String) throws -> [Substring] {
    try text(of: path).split(separator: "\n", omittingEmptySubsequences: false)
  }

  static var sourceFiles: [String] { files(under: "Sources", extensions: ["swift", "c", "h"]) }
  static var swiftFiles: [String] {
    ["Sources", "Tests", "Benchmarks"].flatMap { files(under: $0, extensions: ["swift"]) }
  }
}
