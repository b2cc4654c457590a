import CodeGen
import Foundation
import GraphIR
import Lowering
import Ops
import Tensors

/// Seconds that `body` takes.
func seconds(_ body: () -> Void) -> Double {
  let start = ContinuousClock.now
  body()
  let duration = ContinuousClock.now - start
  return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// Times one convolution with bias and ReLU, weights and activations in cache, on one thread.
struct ConvolutionBenchmark {
  let shape: Shape
  let multiplyAdds: Int
  let compileSeconds: Double
  private let context: ExecutionContext
  private let step: Int
  private let input: [Float]

  init(_ shape: Shape, target: Target, arithmetic: Arithmetic) throws {
    self.shape = shape
    let graph = try Self.graph(shape)
    let program = try Program(lowering: graph, for: target.machine, batch: 1...1, arithmetic: arithmetic)
    let start = ContinuousClock.now
    let jit = try JIT(program.kernels, for: target)
    let duration = ContinuousClock.now - start
    compileSeconds = Double(duration.components.attoseconds) * 1e-18
    let weights = AlignedBytes(byteCount: program.weightsByteCount)
    let numbers = weights.bytes.bindMemory(to: Float.self)
    for index in numbers.indices { numbers[index] = Float(index % 7) * 0.01 - 0.03 }
    let model = ExecutableModel(program: program, card: ModelCard(target: target.name), jit: jit, weights: weights)
    context = try ExecutionContext(model: model, threadCount: 1)
    step = program.steps.firstIndex { $0.multiplyAdds > 0 } ?? 0
    multiplyAdds = program.steps[step].multiplyAdds
    input = (0..<shape.channels * shape.rows * shape.columns).map { Float($0 % 11) * 0.1 - 0.5 }
    _ = try context.run(batch: 1, inputs: [input])
  }

  private static func graph(_ shape: Shape) throws -> Graph {
    var builder = GraphBuilder(Graph(name: "bench"))
    let type = TensorType(.f32, [.batch, .fixed(shape.channels), .fixed(shape.rows), .fixed(shape.columns)])
    let input = builder.input("x", type)
    let extents = [shape.outputs, shape.channels, shape.kernel, shape.kernel]
    let weight = builder.parameter("weight", TensorType(.f32, Shape_(fixed: extents)), .zeros)
    let bias = builder.parameter("bias", TensorType(.f32, [.fixed(shape.outputs)]), .zeros)
    let convolution = Conv2D(
      stride: Extent2D(shape.stride), padding: Padding2D(symmetric: [shape.padding, shape.padding]), hasBias: true,
      activation: .relu)
    let result = try builder.append(convolution, [input, weight, bias])[0]
    // A second consumer keeps the convolution's result blocked, as inside a network.
    builder.output("y", try builder.append(GlobalAveragePool(), [result])[0])
    return builder.graph
  }

  /// Multiply-adds a second: the best, and the median, of bursts of at least a millisecond.
  func measure(bursts: Int) throws -> (best: Double, median: Double) {
    var output = [Float](repeating: 0, count: shape.outputs)
    func burst(_ count: Int) throws -> Double {
      let start = ContinuousClock.now
      for _ in 0..<count {
        try input.withUnsafeBufferPointer { source in
          try output.withUnsafeMutableBufferPointer { target in
            try context.run(
              batch: 1, inputs: [source.baseAddress], outputs: [target.baseAddress], rounds: step..<step + 1)
          }
        }
      }
      let duration = ContinuousClock.now - start
      return Double(duration.components.attoseconds) * 1e-18 / Double(count)
    }
    let count = max(1, Int(0.002 / (try burst(2))))
    var rates: [Double] = []
    for _ in 0..<bursts { rates.append(Double(multiplyAdds) / (try burst(count))) }
    rates.sort()
    return (rates[rates.count - 1], rates[rates.count / 2])
  }
}

private typealias Shape_ = Tensors.Shape
