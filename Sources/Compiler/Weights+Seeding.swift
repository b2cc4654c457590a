import Formats
import Foundation
import GraphIR

extension Weights {
  /// Fresh weights, drawn as each parameter's initializer says. A parameter's elements depend on the seed and its
  /// name alone, so that a layer more or less changes no other.
  package init(seed: UInt64, for graph: Graph) {
    var elements: [String: FloatElements] = [:]
    for parameter in graph.parameters {
      let count = graph.type(of: parameter.value).shape.elementCountPerImage ?? 0
      var stream = RandomStream(seed: seed, name: parameter.name)
      elements[parameter.name] = FloatElements(stream.draw(parameter.initializer, count: count))
    }
    self.init(elements: elements)
  }
}
