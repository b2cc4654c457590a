import GraphIR
import LLVMKit

/// What surrounds a program so that a binary is complete, and what a binary says of itself.
package struct ModelCard: Hashable, Sendable {
  /// How a picture becomes the first input; nil: only tensors can be given.
  package var preprocessing: Preprocessing?
  /// The names of the classes of the first output, in order.
  package var labels: [String]?
  /// Whether the first output holds probabilities; otherwise they are made of it for people, by soft-max.
  package var outputsProbabilities: Bool
  /// The target's name, such as `x86-64-v3`.
  package var target: String
  /// LLVM's name of the system that it is for.
  package var triple: String
  /// What is computed in, such as `f32`.
  package var precision: String

  package init(
    preprocessing: Preprocessing? = nil, labels: [String]? = nil, outputsProbabilities: Bool = false,
    target: String, triple: String = Host.triple, precision: String = "f32"
  ) {
    self.preprocessing = preprocessing
    self.labels = labels
    self.outputsProbabilities = outputsProbabilities
    self.target = target
    self.triple = triple
    self.precision = precision
  }

  package init(_ network: Network, target: Target) {
    let output = network.graph.outputs.first?.value
    let producer = network.graph.nodes.first { node in output.map(node.results.contains) ?? false }
    self.init(
      preprocessing: network.preprocessing, labels: network.labels,
      outputsProbabilities: producer.map { type(of: $0.op).mnemonic == "softmax" } ?? false, target: target.name,
      triple: target.triple)
  }
}
