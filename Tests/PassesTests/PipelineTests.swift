import GraphIR
import Ops
import Passes
import Tensors
import TestSupport
import Testing

@Suite struct PipelineTests {
  @Test func thePipelineKeepsItsConstraints() {
    for pipeline in [Pipeline.inference, .training, .gradients()] {
      #expect(pipeline.violations().map(\.reason) == [])
    }
  }

  @Test func constraintsNamePassesThatExist() {
    let names = Set(Pipeline.known.map(\.name))
    for constraint in Pipeline.constraints {
      #expect(names.isSuperset(of: [constraint.first, constraint.then]))
    }
  }

  @Test(arguments: Pipeline.constraints)
  func theWrongOrderIsNoticed(_ constraint: Pipeline.Constraint) throws {
    let reversed = try Pipeline(names: [constraint.then, constraint.first])
    #expect(reversed.violations().map(\.reason) == [constraint.reason])
  }

  @Test func passesSayWhatTheyAreFor() {
    for pass in Pipeline.known {
      #expect(pass.reason.hasSuffix("."), "\(pass.name)")
      #expect(pass.name.allSatisfy { $0.isLowercase || $0 == "-" }, "\(pass.name)")
    }
    #expect(Set(Pipeline.known.map(\.name)).count == Pipeline.known.count)
  }

  @Test func unknownPassesAreRefused() {
    let error = #expect(throws: UnknownPassError.self) { try Pipeline(names: ["fuse-residual", "fold-batchnorm"]) }
    #expect(error?.name == "fold-batchnorm")
    #expect(error?.known == Pipeline.known.map(\.name))
  }

  @Test func everyPassIsReportedWithItsGraph() throws {
    var seen: [String] = []
    let result = try Pipeline.inference.run(try residualTower(blocks: 2)) { pass, graph in
      seen.append(pass.name)
      #expect(verify(graph).isEmpty)
    }
    #expect(seen == Pipeline.inference.passes.map(\.name))
    #expect(result.steps.map(\.pass) == seen)
    #expect(result.steps.last?.nodeCountAfter == result.graph.nodes.count)
  }

  /// A tower of 1,200 blocks has 8,400 nodes, twice ResNet-1202. A pass that looks at all pairs of them takes minutes.
  @Test func deepNetworksTakeNoLongerThanTheyMust() throws {
    var graph = try residualTower(blocks: 1_200)
    let seconds = try threadSeconds { graph = try Pipeline.inference.run(graph).graph }
    #expect(seconds < 5)
    let constants = Set(graph.constantNodeIndices)
    let rest = graph.nodes.indices.filter { !constants.contains($0) }.map { graph.nodes[$0] }
    #expect(rest.count == 2_400)
    #expect(rest.allSatisfy { ($0.op as? Conv2D)?.activation == .relu })
  }

  /// Blocks of two convolutions with a shortcut around them.
  private func residualTower(blocks: Int) throws -> Graph {
    var builder = GraphBuilder(Graph(name: "Tower"))
    var x = builder.input("x", TensorType(.f32, [.batch, 4, 8, 8]))
    for block in 0..<blocks {
      let shortcut = x
      x = try normalised(x, "layer.\(block).1", &builder)
      x = try builder.append(ReLU(), [x])[0]
      x = try normalised(x, "layer.\(block).2", &builder)
      x = try builder.append(Add(), [x, shortcut])[0]
      x = try builder.append(ReLU(), [x])[0]
    }
    builder.output("y", x)
    return builder.graph
  }

  private func normalised(_ x: ValueID, _ name: String, _ builder: inout GraphBuilder) throws -> ValueID {
    let weight = builder.parameter("\(name).conv", TensorType(.f32, [4, 4, 3, 3]), .heNormal(fan: 36))
    let y = try builder.append(Conv2D(padding: Padding2D(symmetric: [1, 1])), [x, weight])[0]
    let statistics = ["weight", "bias", "mean", "variance"].map {
      builder.parameter("\(name).bn.\($0)", TensorType(.f32, [4]), .constant(1))
    }
    return try builder.append(BatchNorm(), [y] + statistics)[0]
  }
}
