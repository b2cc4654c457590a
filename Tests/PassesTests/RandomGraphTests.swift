import GraphIR
import Passes
import TestSupport
import Testing

/// What must hold of every graph: passes keep it valid, and keep what it computes.
@Suite struct RandomGraphTests {
  @Test(arguments: 0..<100)
  func thePipelineKeepsWhatAGraphComputes(seed: UInt64) throws {
    let graph = try RandomGraph.make(seed: seed, nodes: 30)
    let optimized = try Pipeline.inference.run(graph) { pass, intermediate in
      #expect(verify(intermediate) == [], "after \(pass.name)")
    }
    try expectSameResults(graph, optimized.graph)
  }
}
