import CodeGen
import GraphIR
import Lowering
import Reference
import Tensors

/// A graph compiled for a target and ready to run, for comparison with the reference engine.
struct CompiledGraph {
  let graph: Graph
  let program: Program
  private let model: ExecutableModel

  init(
    _ graph: Graph, parameters: [String: Tensor], target: Target, batch: ClosedRange<Int>,
    form: ParameterForm = .packed
  ) throws {
    self.graph = graph
    program = try Program(lowering: graph, for: target.machine, batch: batch, parameters: form)
    let jit = try JIT(program.kernels, for: target)
    let weights = AlignedBytes(byteCount: program.weightsByteCount)
    let evaluator = ConstantEvaluator(graph)
    for constant in program.constants {
      let tensor = evaluator.tensor(of: constant.value) { parameters[$0.name]! }
      tensor.floats.withUnsafeBufferPointer { constant.pack($0, into: weights.bytes) }
    }
    model = ExecutableModel(program: program, card: ModelCard(target: target.name), jit: jit, weights: weights)
  }

  /// The outputs, in the graph's order.
  func run(_ inputs: [String: Tensor], batch: Int, threadCount: Int) throws -> [[Float]] {
    let context = try ExecutionContext(model: model, threadCount: threadCount)
    return try context.run(
      batch: batch,
      inputs: graph.inputs.map { input in
        let elements = inputs[input.name]!
        guard graph.type(of: input.value).element == .i32 else { return elements.floats }
        return elements.elements.map { Float(bitPattern: UInt32(bitPattern: Int32($0))) }
      })
  }
}

/// Largest difference over largest reference element.
func relativeError(_ found: [Float], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  var difference = 0.0
  var largest = 0.0
  for (found, expected) in zip(found, expected) {
    // A NaN must not pass for a small difference.
    difference = found.isNaN ? .infinity : max(difference, abs(Double(found) - expected))
    largest = max(largest, abs(expected))
  }
  return largest == 0 ? difference : difference / largest
}
