import CodeGen
import Formats
import Foundation
import GraphIR

extension Weights {
  /// Fresh weights, drawn as each parameter's initializer says. A parameter's elements depend on the seed and its
  /// name alone, so that a layer more or less changes no other.
  package init(seed: UInt64, for graph: Graph) {
    let threadCount = ProcessInfo.processInfo.activeProcessorCount
    let drawn = mapInParallel(graph.parameters, threadCount: threadCount) { parameter in
      let count = graph.type(of: parameter.value).shape.elementCountPerImage ?? 0
      var stream = RandomStream(seed: seed, name: parameter.name)
      return (parameter.name, FloatElements(stream.draw(parameter.initializer, count: count)))
    }
    self.init(elements: Dictionary(drawn, uniquingKeysWith: { first, _ in first }))
  }
}
