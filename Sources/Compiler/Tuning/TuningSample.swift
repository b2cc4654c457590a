import CodeGen
import GraphIR
import Kernels
import Lowering
import Ops
import Tensors

/// A convolution of a network, to be timed by itself as it is in its place: several of it in a row, each with weights
/// of its own, which come from memory then as they do where other layers' have taken their place in the caches; and
/// each with a consumer, so that all write to the same memory.
struct TuningSample {
  private let graph: Graph
  private let batch: ClosedRange<Int>
  private let isExact: Bool
  private let copyCount: Int
  /// Of all that the network does, for one image.
  let multiplyAdds: Int

  private static let name = "sample"

  /// nil: the node is no convolution of an activation with weights.
  init?(of node: Node, in network: Graph, constants: Set<ValueID>, batch: ClosedRange<Int>, isExact: Bool) {
    let types = node.operands.map { network.type(of: $0) }
    multiplyAdds = node.op.multiplyAdds(types, node.results.map { network.type(of: $0) })
    let isMap = network.type(of: node.results[0]).shape.rank == 4
    guard multiplyAdds > 0, isMap, node.operands.contains(where: constants.contains) else { return nil }
    let weightBytes = zip(node.operands, types).filter { constants.contains($0.0) }
      .map { 4 * ($0.1.shape.elementCountPerImage ?? 0) }.reduce(1, +)
    copyCount = min(max((48 << 20) / weightBytes, 4), 16)
    self.batch = batch
    self.isExact = isExact

    var builder = GraphBuilder(Graph(name: Self.name))
    let activations = zip(node.operands, types).enumerated().map { position, operand in
      constants.contains(operand.0) ? nil : builder.input("x\(position)", operand.1)
    }
    do throws(OpError) {
      for copy in 0..<copyCount {
        var operands: [ValueID] = []
        for (position, type) in types.enumerated() {
          operands.append(activations[position] ?? builder.parameter("w\(copy).\(position)", type, .zeros))
        }
        let result = try builder.append(node.op, operands, name: Self.name)[0]
        builder.output("y\(copy)", try builder.append(GlobalAveragePool(), [result])[0])
      }
    } catch {
      return nil
    }
    graph = builder.graph
  }

  /// The convolution that kernels see; nil where they see none.
  func convolution(on machine: Machine) throws -> Convolution? {
    try Program(lowering: graph, for: machine, batch: batch, arithmetic: isExact ? .exact : .fast).constants.lazy
      .compactMap(
        \.packing.tunable
      ).first
  }

  /// Seconds of one copy, the least of some runs.
  func measure(for target: Target, threadCount: Int?) throws -> Double {
    let program = try Program(lowering: graph, for: target.machine, batch: batch, arithmetic: isExact ? .exact : .fast)
    let weights = AlignedBytes(byteCount: program.weightsByteCount)
    weights.bytes.withMemoryRebound(to: Float.self) { $0.update(repeating: 0.01) }
    let model = ExecutableModel(
      program: program, card: ModelCard(target: target.name),
      jit: try JIT(program.kernels, for: target, threadCount: 2), weights: weights)
    let context = try ExecutionContext(model: model, threadCount: threadCount)
    let run = SampleRun(of: program, batch: batch.upperBound)
    let own = program.steps.indices.filter { program.steps[$0].name == Self.name }
    let clock = ContinuousClock()
    let start = clock.now
    var least = Double.infinity
    var count = 0
    repeat {
      let durations = try run.record(in: context).stepDurations
      least = min(least, 1e-9 * Double(own.map { durations[$0] }.reduce(0, +)))
      count += 1
    } while count < 4 || clock.now - start < .milliseconds(30)
    return least / Double(copyCount)
  }
}
