import CodeGen
import Diagnostics
import GraphIR
import Lowering
import Ops
import Tensors
import TestSupport
import Testing

/// Steps that a few images at a time pass through.
@Suite struct StretchTests {
  /// A residual block on large maps, then what is in no stretch.
  private func graph() throws -> Graph {
    let text = """
      graph Block(%0 x: f32[N, 64, 48, 48]) {
        weight @a: f32[64, 64, 1, 1] = zeros
        weight @b: f32[64, 64, 1, 1] = zeros
        weight @c: f32[64, 64, 1, 1] = zeros
        weight @d: f32[10, 64] = zeros

        %1 = conv(%0, @a) -> f32[N, 64, 48, 48] "a"
        %2 = conv(%1, @b) -> f32[N, 64, 48, 48] "b"
        %3 = conv(%2, @c, %1) {residual: true} -> f32[N, 64, 48, 48] "c"
        %4 = globalAveragePool(%3) -> f32[N, 64]
        %5 = linear(%4, @d) {bias: false} -> f32[N, 10] "d"
        return logits: %5, map: %3
      }
      """
    let (graph, diagnostics) = parseGraph(SourceFile(path: "test", bytes: Array(text.utf8)), ops: OpRegistry.table)
    #expect(diagnostics.map(\.message) == [])
    return try #require(graph)
  }

  /// In a stretch buffers hold one image, but for what comes in or goes out.
  @Test func buffersOfStretchesHoldOneImage() throws {
    let graph = try graph()
    let (alone, batched) = (
      try Program(lowering: graph, for: .avx512, batch: 1...1), try Program(lowering: graph, for: .avx512, batch: 1...4)
    )
    #expect(alone.steps.allSatisfy { $0.imagesPerRound == nil })
    let names = batched.steps.filter { $0.imagesPerRound == 1 }.map(\.name)
    #expect(names == ["layout", "a", "b", "c"])
    let map = 64 * 48 * 48 * 4
    #expect(batched.arenaFixedByteCount == 2 * map)
    #expect(alone.arenaByteCountPerImage >= 2 * map)
    #expect(batched.arenaByteCountPerImage < 2 * map)
    let rounds = batched.rounds(batch: 2).prefix(9)
    #expect(rounds.map(\.step) == [0, 1, 2, 3, 0, 1, 2, 3, 4])
    #expect(rounds.map(\.images) == Array(repeating: 0..<1, count: 4) + Array(repeating: 1..<2, count: 4) + [0..<2])
  }

  /// Whatever the threads, and whatever other images are in the batch.
  @Test(arguments: CompiledOpTests.targets)
  func imagesAreIndependent(target: Target) throws {
    let graph = try graph()
    let tensors = GraphTensors(graph, batch: 3, seed: 1)
    let compiled = try CompiledGraph(graph, parameters: tensors.parameters, target: target, batch: 1...4)
    let results = try compiled.run(tensors.inputs, batch: 3, threadCount: 1)
    for threadCount in [2, 3] {
      #expect(try compiled.run(tensors.inputs, batch: 3, threadCount: threadCount) == results)
    }
    for image in 0..<3 {
      let own = tensors.inputs.mapValues { tensor in
        let count = tensor.elements.count / 3
        return Tensor([1] + tensor.dimensions.dropFirst(), Array(tensor.elements[image * count..<(image + 1) * count]))
      }
      let alone = try compiled.run(own, batch: 1, threadCount: 2)
      #expect(alone == results.map { Array($0[image * $0.count / 3..<(image + 1) * $0.count / 3]) })
    }
    #expect(results.allSatisfy { Set($0).count > 20 })
  }
}
