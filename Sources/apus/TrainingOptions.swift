import ArgumentParser
import Compiler
import GraphIR
import Training

/// What a training takes beside the network: the recipe, and what to change of it.
struct TrainingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The recipe, one of the network's; the first unless said.", valueName: "name"))
  var recipe: String?

  @Option(
    help: ArgumentHelp("Weights to begin with, keyed by the network's parameter names.", valueName: "w.safetensors"),
    completion: .file(extensions: ["safetensors"]))
  var weights: String?

  @Option(help: ArgumentHelp("What all that is random follows from, in place of the recipe's seed.", valueName: "n"))
  var seed: UInt64?

  @Flag(help: "Draw anew what of --weights does not fit because the number of classes differs.")
  var newHead = false

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Keep the parameters under this name as they are; may be repeated.", valueName: "scope"))
  var freeze: [String] = []

  @Option(help: ArgumentHelp("Train for so many epochs, a fraction perhaps.", valueName: "n"))
  var epochs: Double?

  @Option(help: ArgumentHelp("The highest learning rate; the others change in proportion.", valueName: "x"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("Images of a step.", valueName: "n"))
  var batch: Int?

  @OptionGroup var memory: StepMemoryOption

  @Flag(
    help: """
      Multiply the network's own numbers only: no convolution by Winograd's algorithm or Strassen's, which round more.
      """)
  var exact = false

  @Option(
    help: ArgumentHelp("Which pictures make up each batch: an array i32[steps, batch].", valueName: "batches.npy"),
    completion: .file(extensions: ["npy"]))
  var order: String?

  func validate() throws {
    if let epochs, !(epochs > 0 && epochs <= 1e6) { throw ValidationError("--epochs takes more than 0, up to 1e6.") }
    if let learningRate, !(learningRate > 0 && learningRate <= 1e6) {
      throw ValidationError("--learning-rate takes more than 0, up to 1e6.")
    }
    if let batch, !(1...BatchRange.largest).contains(batch) {
      throw ValidationError("--batch takes 1 to \(BatchRange.largest).")
    }
    if newHead && weights == nil { throw ValidationError("--new-head goes with --weights.") }
  }

  /// The network's recipe with what the options change of it.
  func recipe(of network: Network) throws -> Recipe {
    var recipe = try network.recipe(self.recipe)
    if let epochs { recipe.duration = .epochs(epochs) }
    if let learningRate { recipe = recipe.withLearningRate(learningRate) }
    if let batch { recipe.batch = batch }
    if let seed { recipe.seed = seed }
    for scope in freeze {
      guard network.graph.parameters.contains(where: { $0.name.isName(under: scope) }) else {
        throw ValidationError("--freeze: '\(network.graph.name)' has no parameters under '\(scope)'.")
      }
    }
    recipe.frozenScopes += freeze
    return recipe
  }

  /// What the network's parameters begin with.
  func initialWeights(for network: Network, seed: UInt64) throws -> Weights {
    guard let path = weights else { return Weights(seed: seed, for: network.graph) }
    let weights = try Weights(contentsOf: path, for: network, headSeed: newHead ? seed : nil)
    for remark in weights.remarks { writeToStandardError("\(path): note: \(remark)") }
    return weights
  }
}
