import Compiler
import Formats
import Foundation
import GraphIR
import OrderedCollections
import Tensors
import Testing

@Suite struct WeightsTests {
  /// A graph of parameters alone.
  private func graph(
    _ parameters: [(name: String, shape: Shape, initializer: Parameter.Initializer)]
  ) -> Graph {
    var builder = GraphBuilder(Graph(name: "Test"))
    for parameter in parameters {
      _ = builder.parameter(parameter.name, TensorType(.f32, parameter.shape), parameter.initializer)
    }
    return builder.graph
  }

  private var small: Graph {
    graph([
      ("conv1.weight", [2, 3], .heNormal(fan: 6)), ("bn1.weight", [2], .constant(1)), ("fc.bias", [4], .zeros),
    ])
  }

  private func withFile<Result>(
    _ tensors: OrderedDictionary<String, [Int]>, _ body: (String) throws -> Result
  ) throws -> Result {
    let path = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SafetensorsWriter.write(
      tensors.mapValues { shape in
        let count = shape.reduce(1, *)
        return .init(shape: shape, elements: FloatElements((0..<count).map(Float.init)))
      }, to: path)
    return try body(path)
  }

  @Test func weightsStayInTheFile() throws {
    let graph = small
    try withFile(["fc.bias": [4], "bn1.weight": [2], "conv1.weight": [2, 3], "bn1.num_batches_tracked": []]) { path in
      let weights = try Weights(contentsOf: path, for: Network(graph: graph))
      #expect(weights[graph.parameters[0]].floats == [0, 1, 2, 3, 4, 5])
      #expect(graph.parameters.allSatisfy { weights[$0].isMapped })
      #expect(weights.remarks == [])
    }
  }

  @Test func allProblemsAreListedAtOnce() throws {
    let graph = small
    try withFile(["conv1.wieght": [2, 3], "fc.bias": [5], "aux.fc.weight": [1], "extra": [1]]) { path in
      let error = #expect(throws: WeightsError.self) {
        try Weights(contentsOf: path, for: Network(graph: graph, trainingParameterNames: ["aux.fc.weight"]))
      }
      #expect(
        error?.problems == [
          "missing 'conv1.weight', [2, 3]; the file has 'conv1.wieght'",
          "missing 'bn1.weight', [2]",
          "unknown 'conv1.wieght'; did you mean 'conv1.weight'?",
          "unknown 'extra'",
          "misshaped 'fc.bias': the network needs [4], the file has [5]",
        ])
      #expect(error?.description.hasPrefix("\(path): error: 5 tensors do not fit the network\n  missing") == true)
    }
  }

  /// For another number of classes the head is drawn anew, where that is asked for, and nothing else.
  @Test func aHeadIsDrawnAnew() throws {
    let parameters: [(String, Shape, Parameter.Initializer)] = [
      ("conv1.weight", [4, 3], .heNormal(fan: 6)), ("fc.weight", [3, 2], .heNormal(fan: 2)), ("fc.bias", [3], .zeros),
    ]
    var graph = graph(parameters)
    // The logits of nothing but the bias: three classes.
    graph.outputs = [.init(name: "logits", value: graph.parameters[2].value)]
    let network = Network(graph: graph)
    try withFile(["conv1.weight": [4, 3], "fc.weight": [7, 2], "fc.bias": [7]]) { path in
      #expect(throws: WeightsError.self) { try Weights(contentsOf: path, for: network) }
      let weights = try Weights(contentsOf: path, for: network, headSeed: 5)
      let fresh = Weights(seed: 5, for: network.graph)
      #expect(weights[graph.parameters[0]].floats == (0..<12).map(Float.init))
      #expect(weights[graph.parameters[1]].floats == fresh[graph.parameters[1]].floats)
      #expect(weights.remarks == ["drawn anew: fc.bias, fc.weight"])
    }
    try withFile(["conv1.weight": [7, 3], "fc.weight": [7, 2], "fc.bias": [7]]) { path in
      let error = #expect(throws: WeightsError.self) { try Weights(contentsOf: path, for: network, headSeed: 5) }
      #expect(error?.problems == ["misshaped 'conv1.weight': the network needs [4, 3], the file has [7, 3]"])
    }
  }

  @Test(arguments: [
    ("F16", 2, "2 tensors of F16 widened to f32"), ("BF16", 2, "2 tensors of BF16 widened to f32"),
    ("F64", 8, "2 tensors of F64 rounded to f32"),
  ])
  func conversionsAreSaid(_ type: String, _ byteCount: Int, _ remark: String) throws {
    try withRawFile(type, byteCount) { path in
      let weights = try Weights(contentsOf: path, for: Network(graph: graph([("a", [], .zeros), ("b", [], .zeros)])))
      #expect(weights.remarks == [remark])
    }
  }

  @Test func integersAreNoWeights() throws {
    try withRawFile("I32", 4) { path in
      let error = #expect(throws: WeightsError.self) {
        try Weights(contentsOf: path, for: Network(graph: graph([("a", [], .zeros), ("b", [], .zeros)])))
      }
      #expect(error?.problems.first == "unreadable 'a': its type is I32, and weights are one of F16, BF16, F32, F64")
    }
  }

  /// A file of two scalars of the given type, both zero.
  private func withRawFile(_ type: String, _ byteCount: Int, _ body: (String) throws -> Void) throws {
    func entry(_ name: String, _ start: Int) -> String {
      #""\#(name)":{"dtype":"\#(type)","shape":[],"data_offsets":[\#(start),\#(start + byteCount)]}"#
    }
    let header = Array("{\(entry("a", 0)),\(entry("b", byteCount))}".utf8)
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
    let path = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: path) }
    try Data(bytes + [UInt8](repeating: 0, count: 2 * byteCount)).write(to: path)
    try body(path.path)
  }

  @Test func seededWeightsDependOnSeedAndNameAlone() {
    let graph = small
    let longer = self.graph([("conv0.weight", [9], .heNormal(fan: 1)), ("conv1.weight", [2, 3], .heNormal(fan: 6))])
    let weights = Weights(seed: 7, for: graph)
    let first = weights[graph.parameters[0]].floats
    #expect(Weights(seed: 7, for: longer)[longer.parameters[1]].floats == first)
    #expect(Weights(seed: 8, for: graph)[graph.parameters[0]].floats != first)
    #expect(weights[graph.parameters[1]].floats == [1, 1])
    #expect(weights[graph.parameters[2]].floats == [0, 0, 0, 0])
  }

  /// The first numbers of a seed, so that they never change unnoticed.
  @Test func seededWeightsAreWhatTheyWere() {
    let graph = graph([("w", [3], .heNormal(fan: 2)), ("u", [3], .uniform(bound: 1))])
    let weights = Weights(seed: 1, for: graph)
    #expect(weights[graph.parameters[0]].floats == [-1.7883358, -1.0214121, -0.76451015])
    #expect(weights[graph.parameters[1]].floats == [0.6559414, -0.4090436, 0.5214416])
  }

  @Test func drawnNumbersHaveTheirDistribution() {
    let count = 40_001
    let graph = graph([("w", [.fixed(count)], .heNormal(fan: 50)), ("u", [.fixed(count)], .uniform(bound: 0.5))])
    let weights = Weights(seed: 3, for: graph)
    let normal = weights[graph.parameters[0]].floats.map(Double.init)
    let uniform = weights[graph.parameters[1]].floats.map(Double.init)
    // A deviation of sqrt(2 / 50) = 0.2; the tolerances are five standard errors.
    #expect(abs(mean(normal)) < 0.005)
    #expect(abs(mean(normal.map { $0 * $0 }).squareRoot() - 0.2) < 0.0036)
    #expect(abs(Double(normal.filter { abs($0) < 0.2 }.count) / Double(count) - 0.6827) < 0.012)
    #expect(abs(mean(uniform)) < 0.0073)
    #expect(uniform.allSatisfy { abs($0) < 0.5 } && uniform.contains { abs($0) > 0.499 })
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
