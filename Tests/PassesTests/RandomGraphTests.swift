import GraphIR
import Passes
import TestSupport
import Testing

/// What must hold of every graph: each pass, and all of them in a row, keep it valid, keep what it computes, and find
/// nothing to do a second time.
@Suite struct RandomGraphTests {
  @Test(arguments: 0..<40)
  func passesKeepWhatAGraphComputes(seed: UInt64) throws {
    let graph = try RandomGraph.make(seed: seed, nodes: 30)
    let evaluation = try Evaluation(graph)
    for pipeline in Pipeline.inference.passes.map({ Pipeline([$0]) }) + [Pipeline.inference] {
      let result = try pipeline.run(graph) { pass, intermediate in
        #expect(verify(intermediate) == [], "after \(pass.name)")
      }.graph
      let again = try pipeline.run(result).graph
      #expect(again.description == result.description)
      if result.description != graph.description { try evaluation.expectSame(result) }
    }
  }
}
