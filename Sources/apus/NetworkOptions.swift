import ArgumentParser
import Diagnostics
import GraphIR
import Language

/// What every command that reads a network file takes.
struct NetworkOptions: ParsableArguments {
  @Argument(help: "A network file, such as examples/networks/resnet.apus.", completion: .file(extensions: ["apus"]))
  var file: String

  @Option(help: ArgumentHelp("The network of the file; may be left out where there is one.", valueName: "name"))
  var network: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Set a parameter of the network, such as classes=10 or blocks=[2,2,2,2]; may be repeated.",
      valueName: "key=value"))
  var settings: [String] = []

  /// The network. What is wrong with the file is thrown as a failure.
  func elaborate() throws -> Network { try Self.elaborate(file, network: network, settings: settings) }

  static func elaborate(_ file: String, network: String?, settings: [String] = []) throws -> Network {
    let overrides = try settings.map { text throws(Diagnostic) in try ParameterOverride(text) }
    let module = Module.load(path: file)
    if module.hasErrors { throw Failure(module.diagnostics) }
    let (result, diagnostics) = module.elaborate(network, overrides: overrides)
    guard let result else { throw Failure(module.diagnostics + diagnostics) }
    return result
  }
}
