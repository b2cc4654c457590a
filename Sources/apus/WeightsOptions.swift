import ArgumentParser
import Compiler
import GraphIR

/// Where a network's weights come from.
struct WeightsOptions: ParsableArguments {
  @Option(
    name: .customLong("weights"),
    help: ArgumentHelp("Weights, keyed by the network's parameter names.", valueName: "w.safetensors"),
    completion: .file(extensions: ["safetensors"]))
  var path: String?

  @Option(help: ArgumentHelp("Draw the weights instead, as He et al. initialise them.", valueName: "n"))
  var seed: UInt64?

  func validate() throws {
    if path != nil && seed != nil { throw ValidationError("Give either --weights or --seed.") }
  }

  /// The weights, which code cannot do without.
  func load(for network: Network) throws -> Weights {
    if let seed { return Weights(seed: seed, for: network.graph) }
    guard let path else {
      throw ValidationError("Give --weights FILE, or --seed N for weights drawn at random.")
    }
    let weights = try Weights(contentsOf: path, for: network)
    for remark in weights.remarks { writeToStandardError("\(path): note: \(remark)") }
    return weights
  }
}
