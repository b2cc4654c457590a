import GraphIR
import Ops
import Reference
import Tensors
import TestSupport
import Testing

struct ReferenceEngineTests {
  /// y = linear(x, relu(w)) + b, with outputs of an inner value, an input and a parameter too.
  private func network() throws -> Graph {
    var builder = GraphBuilder(Graph(name: "Net"))
    let x = builder.input("x", TensorType(.f32, [.batch, 2]))
    let b = builder.input("b", TensorType(.f32, [.batch, 1]))
    let weight = builder.parameter("w", TensorType(.f32, [1, 2]), .zeros)
    let folded = try builder.append(ReLU(), [weight], name: "folded")[0]
    let product = try builder.append(Linear(hasBias: false), [x, folded], name: "product")[0]
    builder.output("y", try builder.append(Add(), [product, b], name: "sum")[0])
    builder.output("product", product)
    builder.output("x", x)
    builder.output("w", weight)
    return builder.graph
  }

  private let inputs = ["x": Tensor([2, 2], [1, 2, 3, 4]), "b": Tensor([2, 1], [10, 20])]

  private func weight(_ parameter: Parameter) -> Tensor { Tensor([1, 2], [-1, 5]) }

  @Test func updatesByParameter() throws {
    var graph = try network()
    let parameter = graph.parameters[0].value
    graph.updates = [.init(parameter: parameter, value: graph.nodes[0].results[0])]
    let updated = try ReferenceEngine().results(of: graph, inputs: inputs, parameter: weight)
    #expect(updated.updates == ["w": Tensor([1, 2], [0, 5])])
    #expect(updated.outputs["w"] == Tensor([1, 2], [-1, 5]))
    graph.updates[0].value = parameter
    let kept = try ReferenceEngine().results(of: graph, inputs: inputs, parameter: weight)
    #expect(kept.updates == ["w": Tensor([1, 2], [-1, 5])])
  }

  @Test func outputsByName() throws {
    var steps: [String] = []
    let outputs = try ReferenceEngine().run(network(), inputs: inputs, parameter: weight) { step in
      steps.append("\(step.index) \(step.node.name) \(step.results.map(\.elements))")
    }
    #expect(
      outputs == [
        "y": Tensor([2, 1], [20, 40]), "product": Tensor([2, 1], [10, 20]), "x": Tensor([2, 2], [1, 2, 3, 4]),
        "w": Tensor([1, 2], [-1, 5]),
      ])
    #expect(steps == ["0 folded [[0.0, 5.0]]", "1 product [[10.0, 20.0]]", "2 sum [[20.0, 40.0]]"])
  }

  /// An image's result does not depend on its batch mates.
  @Test(arguments: 0..<10)
  func imagesAreIndependent(seed: UInt64) throws {
    let graph = try RandomGraph.make(seed: seed)
    let tensors = GraphTensors(graph, batch: 3, seed: seed)
    let evaluate = { (inputs: [String: Tensor]) in
      try ReferenceEngine().run(graph, inputs: inputs) { try #require(tensors.parameters[$0.name]) }
    }
    let whole = try evaluate(tensors.inputs)
    for image in 0..<3 {
      let alone = try evaluate(tensors.inputs.mapValues { self.image(image, of: $0) })
      for (name, output) in alone {
        let expected = try self.image(image, of: #require(whole[name]))
        let error = zip(output.elements, expected.elements).map { abs($0 - $1) }.max() ?? 0
        #expect(output.dimensions == expected.dimensions && error < 1e-12)
      }
    }
  }

  private func image(_ index: Int, of tensor: Tensor) -> Tensor {
    let count = tensor.elements.count / tensor.dimensions[0]
    return Tensor([1] + tensor.dimensions.dropFirst(), Array(tensor.elements[index * count..<(index + 1) * count]))
  }

  @Test func anObserverCanStop() throws {
    struct Enough: Error {}
    var count = 0
    #expect(throws: Enough.self) {
      _ = try ReferenceEngine().run(network(), inputs: inputs, parameter: weight) { _ in
        count += 1
        if count == 2 { throw Enough() }
      }
    }
    #expect(count == 2)
  }

  @Test(arguments: [
    (["x": Tensor([2, 2])], "the input 'b', f32[N, 1], is missing"),
    (["x": Tensor([2, 2]), "b": Tensor([2, 1]), "c": Tensor([1])], "the network 'Net' has no input 'c'"),
    (["x": Tensor([2, 3]), "b": Tensor([2, 1])], "the input 'x' is f32[N, 2] with N = 2; got a tensor [2, 3]"),
    (["x": Tensor([2, 2]), "b": Tensor([3, 1])], "the input 'b' is f32[N, 1] with N = 2; got a tensor [3, 1]"),
    (["x": Tensor([0, 2]), "b": Tensor([0, 1])], "the input 'x' is f32[N, 2] with N = 0; got a tensor [0, 2]"),
    (["x": Tensor([]), "b": Tensor([])], "the input 'x' is f32[N, 2]; got a tensor []"),
  ])
  func unfitInputs(inputs: [String: Tensor], message: String) throws {
    #expect(throws: ReferenceError(message)) {
      try ReferenceEngine().run(network(), inputs: inputs, parameter: weight)
    }
  }

  @Test func unfitParameters() throws {
    #expect(throws: ReferenceError("parameter 'w' is f32[1, 2]; got a tensor [2]")) {
      try ReferenceEngine().run(network(), inputs: inputs) { _ in Tensor([2]) }
    }
  }

  @Test(arguments: [(1, 1, 1), (3, 5, 2), (17, 1, 9), (8, 33, 16)])
  func matrixProduct(rows: Int, inner: Int, columns: Int) {
    var generator = SeededGenerator(seed: 3)
    let a = (0..<rows * inner).map { _ in generator.uniform() }
    let b = (0..<inner * columns).map { _ in generator.uniform() }
    let product = OpenBLAS().multiply(a, b, rows: rows, inner: inner, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let expected = (0..<inner).reduce(0.0) { $0 + a[row * inner + $1] * b[$1 * columns + column] }
        #expect(abs(product[row * columns + column] - expected) < 1e-12)
      }
    }
  }
}
