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

  /// The network, as it is used or as it is in training. What is wrong with the file is thrown as a failure.
  func elaborate(isTraining: Bool = false) throws -> Network {
    try Self.elaborate(file, network: network, settings: settings, isTraining: isTraining)
  }

  static func elaborate(
    _ file: String, network: String?, settings: [String] = [], isTraining: Bool = false
  ) throws -> Network {
    let overrides = try settings.map(parseSetting)
    let module = Module.load(path: file)
    if module.hasErrors { throw Failure(module.diagnostics) }
    let (result, diagnostics) = module.elaborate(network, overrides: overrides, isTraining: isTraining)
    guard let result else {
      let names = module.networks.map(\.name)
      let isChosen = network.map(names.contains) ?? (names.count <= 1)
      let concernsSettings = diagnostics.contains { $0.range?.file.path == Self.settingOrigin }
      throw Failure(module.diagnostics + diagnostics, kind: isChosen && !concernsSettings ? .input : .usage)
    }
    return result
  }

  /// What diagnostics name in place of a file.
  private static let settingOrigin = "--set"

  private static func parseSetting(_ text: String) throws(Failure) -> ParameterOverride {
    guard text.contains("=") else {
      throw Failure(.usage, "Error: --set takes key=value, such as classes=10, not '\(text)'")
    }
    do throws(Diagnostic) {
      return try ParameterOverride(text, origin: settingOrigin)
    } catch {
      throw Failure([error], kind: .usage)
    }
  }
}
