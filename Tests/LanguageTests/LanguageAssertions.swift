import Diagnostics
import Foundation
import GraphIR
import Language
import Testing

/// The root of the repository.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

func render(_ diagnostics: [Diagnostic]) -> String { DiagnosticRenderer().render(diagnostics) }

func loadExample(_ name: String) -> Module {
  Module.load(path: repository.appending(path: "examples/networks/\(name).apus").path)
}

/// A network of examples/networks; the test fails with its diagnostics where it has any.
func exampleNetwork(_ file: String, _ network: String, _ overrides: [String] = []) throws -> Network {
  let module = loadExample(file)
  let (result, diagnostics) = module.elaborate(network, overrides: try overrides.map { try ParameterOverride($0) })
  return try #require(result, "\(render(module.diagnostics + diagnostics))")
}

/// A module of files that exist only here, `main.apus` the root.
func load(_ source: String, files: [String: String] = [:]) -> Module {
  var all = files
  all["main.apus"] = source
  let contents = all
  return Module.load(path: "main.apus") { path, limit throws(FileAccessError) in
    guard let text = contents[path] else { throw FileAccessError("no such file or directory") }
    guard text.utf8.count <= limit else { throw FileAccessError("it is larger than \(limit) bytes") }
    return Array(text.utf8)
  }
}
