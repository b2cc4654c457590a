import Formats
import GraphIR
import Tensors

/// The f32 elements of every parameter of a graph.
package struct Weights: Sendable {
  private let elements: [String: FloatElements]
  /// What people should know of how the weights were read, such as that some were widened.
  package let remarks: [String]

  /// Elements by parameter name, of the sizes that the graph says.
  package init(elements: [String: FloatElements], remarks: [String] = []) {
    self.elements = elements
    self.remarks = remarks
  }

  /// The elements of a parameter of the graph that these weights were made for, row-major.
  package subscript(parameter: Parameter) -> FloatElements {
    guard let elements = elements[parameter.name] else {
      preconditionFailure("weights are for another graph: it has no '\(parameter.name)'")
    }
    return elements
  }

  /// The same for the reference engine.
  func tensor(of parameter: Parameter, in graph: Graph) -> Tensor {
    let dimensions = graph.type(of: parameter.value).shape.dimensions.compactMap(\.fixedExtent)
    return self[parameter].withUnsafeElements { Tensor(dimensions, $0.map(Double.init)) }
  }
}

/// All that keeps a weights file from fitting a network.
package struct WeightsError: Error, Hashable, Sendable, CustomStringConvertible {
  package var path: String
  package var problems: [String]

  package var description: String {
    let count = problems.count == 1 ? "1 tensor does" : "\(problems.count) tensors do"
    return "\(path): error: \(count) not fit the network\n" + problems.map { "  \($0)" }.joined(separator: "\n")
  }
}
