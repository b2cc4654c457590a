import GraphIR
import Ops
import Reference
import Tensors
import Testing

struct ConstantEvaluatorTests {
  @Test func constantsAreWhatParametersGive() throws {
    var builder = GraphBuilder(Graph(name: "Net"))
    let type = TensorType(.f32, [1, 2])
    let (a, b) = (builder.parameter("a", type, .zeros), builder.parameter("b", type, .zeros))
    let positive = try builder.append(ReLU(), [a])[0]
    let sum = try builder.append(Add(), [positive, b])[0]
    // Both operands, and a value that another needs too.
    let product = try builder.append(Multiply(), [sum, positive])[0]
    let elements = ["a": Tensor([1, 2], [-1, 5]), "b": Tensor([1, 2], [3, 4])]
    let evaluator = ConstantEvaluator(builder.graph)
    let evaluate = { (value: ValueID) in try evaluator.tensor(of: value) { try #require(elements[$0.name]) } }
    #expect(try evaluate(positive) == Tensor([1, 2], [0, 5]))
    #expect(try evaluate(sum) == Tensor([1, 2], [3, 9]))
    #expect(try evaluate(product) == Tensor([1, 2], [0, 45]))
    #expect(try evaluate(b) == elements["b"])
    #expect(evaluator.parameter(b)?.name == "b" && evaluator.parameter(sum) == nil)
  }

  /// As long as batch norms in a row make it in a hostile file.
  @Test func aLongChainNeedsNoStack() throws {
    var builder = GraphBuilder(Graph(name: "Chain"))
    var value = builder.parameter("a", TensorType(.f32, [1]), .zeros)
    for _ in 0..<100_000 { value = try builder.append(Affine(scale: 1, shift: 1), [value])[0] }
    let result = ConstantEvaluator(builder.graph).tensor(of: value) { _ in Tensor([1], [0.5]) }
    #expect(result == Tensor([1], [100_000.5]))
  }
}
