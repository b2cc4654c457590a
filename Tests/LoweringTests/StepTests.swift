import Diagnostics
import GraphIR
import Kernels
import Lowering
import Ops
import Tensors
import Testing

/// What steps a graph becomes, how their results lie in memory, and which of them share it.
@Suite struct StepTests {
  /// Expects a graph to become these steps, for a machine of 8 lanes. A step is `name(places) -> place layout`, where
  /// places in the arena are letters, in the order in which they appear; packed weights are left out.
  private func check(
    _ signature: String, _ nodes: String, returning outputs: String, becomes expected: [String],
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    let text = "graph Test(\(signature)) {\n\(nodes)\n  return \(outputs)\n}\n"
    let (graph, diagnostics) = parseGraph(SourceFile(path: "test", bytes: Array(text.utf8)), ops: OpRegistry.table)
    #expect(diagnostics.map(\.message) == [], sourceLocation: sourceLocation)
    let program = try Program(lowering: try #require(graph), for: .avx2, batch: 1...1, arithmetic: .exact)
    #expect(outline(program) == expected, sourceLocation: sourceLocation)
  }

  private func outline(_ program: Program) -> [String] {
    var letters: [Program.Operand: Character] = [:]
    func name(_ operand: Program.Operand) -> String {
      guard operand.space == .arena else { return operand.description }
      // Tensors of other sizes may take the same place.
      var place = operand
      place.imageStride = 0
      let next = Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(letters.count)))
      letters[place] = letters[place] ?? next
      return letters[place].map(String.init) ?? ""
    }
    return program.steps.map { step in
      let places = step.operands.filter { $0.space != .weights }.map(name)
      return "\(step.name)(\(places.dropLast().joined(separator: ", "))) -> \(places.last ?? "") "
        + step.results.map(\.layout.description).joined(separator: "; ")
    }
  }

  private let picture = "%0 x: f32[N, 3, 8, 8]"
  private let map = "%0 x: f32[N, 16, 8, 8]"

  /// A weight of a convolution, and the node.
  private func conv(
    _ name: String, _ result: Int, of operands: String, channels: (Int, Int) = (16, 16), kernel: Int,
    residual: String? = nil
  ) -> (weight: String, node: String) {
    let padding = kernel / 2
    let attributes =
      "padding: [\(padding), \(padding), \(padding), \(padding)]" + (residual == nil ? "" : ", residual: true")
    return (
      "  weight @\(name): f32[\(channels.1), \(channels.0), \(kernel), \(kernel)] = zeros",
      "  %\(result) = conv(\(operands), @\(name)\(residual.map { ", " + $0 } ?? "")) {\(attributes)} "
        + "-> f32[N, \(channels.1), 8, 8] \"\(name)\""
    )
  }

  private func text(_ convolutions: [(weight: String, node: String)]) -> String {
    (convolutions.map(\.weight) + [""] + convolutions.map(\.node)).joined(separator: "\n")
  }

  // MARK: What profiles read

  /// A convolution of 16 channels reads and writes maps of 8 rows of 8 + 2 and 8 pixels; a sweep names its nodes.
  @Test func stepsNameTheirOpsAndCountTheirBytes() throws {
    let convolution = conv("c", 2, of: "%0", kernel: 3)
    let text = """
      graph Test(\(map)) {
        \(convolution.weight)

        \(convolution.node)
        %3 = sigmoid(%2) -> f32[N, 16, 8, 8]
        %4 = tanh(%3) -> f32[N, 16, 8, 8]
        return y: %4
      }
      """
    let (graph, diagnostics) = parseGraph(SourceFile(path: "test", bytes: Array(text.utf8)), ops: OpRegistry.table)
    #expect(diagnostics.map(\.message) == [])
    let steps = try Program(lowering: try #require(graph), for: .avx2, batch: 1...4, arithmetic: .exact).steps
    #expect(steps.map(\.op) == ["layout", "conv", "sigmoid+tanh", "layout"])
    #expect(steps.map(\.fixedByteCount) == [0, 16 * 16 * 9 * 4, 0, 0])
    let (plain, halo) = (16 * 8 * 8 * 4, 16 * 8 * 10 * 4)
    #expect(steps.map(\.byteCountPerImage) == [plain + halo, halo + plain, 2 * plain, 2 * plain])
  }

  // MARK: Layouts

  @Test func onlyEdgesAreConverted() throws {
    try check(
      picture,
      text([
        conv("a", 1, of: "%0", channels: (3, 16), kernel: 3), conv("b", 2, of: "%1", kernel: 3),
        conv("c", 3, of: "%2", kernel: 1),
      ]), returning: "y: %3",
      becomes: [
        "layout(input 0) -> a [3, 8, 8], halo 1",
        "a(a) -> b [16, 8, 8] in blocks of 8, halo 1",
        "b(b) -> a [16, 8, 8] in blocks of 8",
        "c(a) -> b [16, 8, 8] in blocks of 8",
        "layout(b) -> output 0 [16, 8, 8]",
      ])
  }

  @Test func aPictureThatNeedsNoHaloIsReadWhereItIs() throws {
    try check(
      picture, text([conv("a", 1, of: "%0", channels: (3, 16), kernel: 1)]), returning: "y: %1",
      becomes: ["a(input 0) -> a [16, 8, 8] in blocks of 8", "layout(a) -> output 0 [16, 8, 8]"])
  }

  @Test func haloIsTheWidestThatAConsumerNeeds() throws {
    try check(
      map,
      text([
        conv("a", 1, of: "%0", kernel: 1), conv("b", 2, of: "%1", kernel: 5), conv("c", 3, of: "%1", kernel: 3),
      ]), returning: "y: %2, z: %3",
      becomes: [
        "layout(input 0) -> a [16, 8, 8] in blocks of 8",
        "a(a) -> b [16, 8, 8] in blocks of 8, halo 2",
        "b(b) -> a [16, 8, 8] in blocks of 8",
        "c(b) -> c [16, 8, 8] in blocks of 8",
        "layout(a) -> output 0 [16, 8, 8]",
        "layout(c) -> output 1 [16, 8, 8]",
      ])
  }

  @Test func consumersShareAConversionOfEachForm() throws {
    try check(
      picture,
      text([
        conv("a", 1, of: "%0", channels: (3, 16), kernel: 3), conv("b", 2, of: "%0", channels: (3, 16), kernel: 5),
      ]) + "\n" + "  %3 = relu(%0) -> f32[N, 3, 8, 8]\n  %4 = tanh(%0) -> f32[N, 3, 8, 8]",
      returning: "p: %1, q: %2, r: %3, s: %4",
      becomes: [
        "layout(input 0) -> a [3, 8, 8], halo 2",
        "a(a) -> b [16, 8, 8] in blocks of 8",
        "b(a) -> c [16, 8, 8] in blocks of 8",
        "layout(input 0) -> a [3, 8, 8] in blocks of 8",
        "relu(a) -> d [3, 8, 8] in blocks of 8",
        "tanh(a) -> a [3, 8, 8] in blocks of 8",
        "layout(b) -> output 0 [16, 8, 8]",
        "layout(c) -> output 1 [16, 8, 8]",
        "layout(d) -> output 2 [3, 8, 8]",
        "layout(a) -> output 3 [3, 8, 8]",
      ])
  }

  @Test func vectorsGoStraightToTheCaller() throws {
    try check(
      map,
      """
        weight @fc: f32[10, 16] = zeros

        %1 = globalAveragePool(%0) -> f32[N, 16]
        %2 = linear(%1, @fc) {bias: false} -> f32[N, 10] "fc"
        %3 = relu(%2) -> f32[N, 10]
      """, returning: "features: %1, logits: %2, again: %2, scores: %3, image: %0",
      becomes: [
        "layout(input 0) -> a [16, 8, 8] in blocks of 8",
        "globalAveragePool(a) -> output 0 [16, 1, 1]",
        "fc(output 0) -> output 1 [10, 1, 1]",
        "relu(output 1) -> output 3 [10, 1, 1]",
        "layout(output 1) -> output 2 [10, 1, 1]",
        "layout(input 0) -> output 4 [16, 8, 8]",
      ])
  }

  // MARK: In place

  /// Of the residuals' steps, the first must keep its operand, which the next reads; the second takes its place.
  @Test func aResidualThatDiesIsReplaced() throws {
    try check(
      map,
      text([
        conv("a", 1, of: "%0", kernel: 1), conv("b", 2, of: "%1", kernel: 1, residual: "%0"),
        conv("c", 3, of: "%2", kernel: 1, residual: "%1"), conv("d", 4, of: "%3", kernel: 1, residual: "%2"),
      ]), returning: "y: %4",
      becomes: [
        "layout(input 0) -> a [16, 8, 8] in blocks of 8",
        "a(a) -> b [16, 8, 8] in blocks of 8",
        "b(b, a) -> a [16, 8, 8] in blocks of 8",
        "c(a, b) -> b [16, 8, 8] in blocks of 8",
        "d(b, a) -> a [16, 8, 8] in blocks of 8",
        "layout(a) -> output 0 [16, 8, 8]",
      ])
  }

  @Test func aResidualThatIsAlsoTheInputIsKept() throws {
    try check(
      map, text([conv("a", 1, of: "%0", kernel: 1), conv("b", 2, of: "%1", kernel: 1, residual: "%1")]),
      returning: "y: %2",
      becomes: [
        "layout(input 0) -> a [16, 8, 8] in blocks of 8",
        "a(a) -> b [16, 8, 8] in blocks of 8",
        "b(b, b) -> a [16, 8, 8] in blocks of 8",
        "layout(a) -> output 0 [16, 8, 8]",
      ])
  }

  /// A residual with a halo has its elements elsewhere than a result without.
  @Test func aResidualOfAnotherLayoutIsKept() throws {
    try check(
      map,
      text([
        conv("a", 1, of: "%0", kernel: 1), conv("b", 2, of: "%1", kernel: 3),
        conv("c", 3, of: "%2", kernel: 1, residual: "%1"),
      ]), returning: "y: %3",
      becomes: [
        "layout(input 0) -> a [16, 8, 8] in blocks of 8",
        "a(a) -> b [16, 8, 8] in blocks of 8, halo 1",
        "b(b) -> a [16, 8, 8] in blocks of 8",
        "c(a, b) -> c [16, 8, 8] in blocks of 8",
        "layout(c) -> output 0 [16, 8, 8]",
      ])
  }

  // MARK: Sweeps

  @Test(arguments: [
    // One sweep for all, over each operand once.
    (
      ["2 = add(%0, %1)", "3 = tanh(%2)", "4 = multiply(%3, %0)"], "y: %4",
      ["multiply(input 0, input 1) -> output 0 [10, 1, 1]"]
    ),
    // Both sides of a tree.
    (
      ["2 = relu(%0)", "3 = tanh(%1)", "4 = add(%2, %3)"], "y: %4",
      ["add(input 0, input 1) -> output 0 [10, 1, 1]"]
    ),
    // What the caller wants is written.
    (
      ["2 = relu(%0)", "3 = tanh(%2)"], "y: %2, z: %3",
      ["relu(input 0) -> output 0 [10, 1, 1]", "tanh(output 0) -> output 1 [10, 1, 1]"]
    ),
    // What two sweeps need is computed once.
    (
      ["2 = relu(%0)", "3 = tanh(%2)", "4 = sigmoid(%2)"], "y: %3, z: %4",
      [
        "relu(input 0) -> a [10, 1, 1]", "tanh(a) -> output 0 [10, 1, 1]", "sigmoid(a) -> output 1 [10, 1, 1]",
      ]
    ),
    // Another op between two sweeps keeps them apart.
    (
      ["2 = relu(%0)", "3 = softmax(%2)", "4 = tanh(%3)"], "y: %4",
      [
        "relu(input 0) -> a [10, 1, 1]", "softmax(a) -> a [10, 1, 1]", "tanh(a) -> output 0 [10, 1, 1]",
      ]
    ),
  ])
  func sweepsAreFused(nodes: [String], outputs: String, expected: [String]) throws {
    try check(
      "%0 x: f32[N, 10], %1 y: f32[N, 10]", nodes.map { "  %\($0) -> f32[N, 10]" }.joined(separator: "\n"),
      returning: outputs, becomes: expected)
  }

  /// A sum of twelve: the first eight, then the rest.
  @Test func sweepsReadEightTensorsAtMost() throws {
    let inputs = (0..<12).map { "%\($0) x\($0): f32[N, 10]" }.joined(separator: ", ")
    let sums = (1..<12).map { "  %\(11 + $0) = add(%\($0 == 1 ? 0 : 10 + $0), %\($0)) -> f32[N, 10]" }
    let first = (0..<8).map { "input \($0)" }.joined(separator: ", ")
    try check(
      inputs, sums.joined(separator: "\n"), returning: "y: %22",
      becomes: [
        "add(\(first)) -> a [10, 1, 1]",
        "add(a, input 8, input 9, input 10, input 11) -> output 0 [10, 1, 1]",
      ])
  }

  // MARK: Text

  @Test func programsPrint() {
    let layout = ImageLayout(channels: 20, rows: 4, columns: 5, channelBlock: 16, columnHalo: 1)
    let type = TensorType(.f32, [.batch, 20, 4, 5])
    let program = Program(
      name: "Tiny", inputs: [.init(name: "x", type: type)], outputs: [.init(name: "y", type: type)],
      kernels: [.init(name: "k0_first", buffers: [], body: []), .init(name: "k1_second", buffers: [], body: [])],
      steps: [
        Program.Step(
          kernel: 1,
          operands: [.init(.input(0)), .init(.weights, fixedOffset: 64), .init(.arena, offsetPerImage: 128)],
          chunks: .init(perGroup: 3, imagesPerGroup: 2), name: "layer.conv",
          results: [.init(value: ValueID(1), layout: .image(layout), operand: 2)]),
        Program.Step(
          kernel: 0, operands: [.init(.arena, fixedOffset: 64, offsetPerImage: 128), .init(.output(0))],
          chunks: .init(perGroup: 1, imagesPerGroup: nil), name: "sum",
          results: [
            .init(
              value: ValueID(2), layout: .image(ImageLayout(channels: 20, rows: 1, columns: 1, channelBlock: 1)),
              operand: 1)
          ]),
      ], weightsByteCount: 128, arenaFixedByteCount: 64, arenaByteCountPerImage: 4096, batch: 1...8)
    #expect(
      program.description == """
        program Tiny for batches 1...8
        input x: f32[N, 20, 4, 5]
        output y: f32[N, 20, 4, 5]
        weights: 128 bytes
        arena: 64 + N * 4096 bytes
        layer.conv = k1_second(input 0, weights + 64, arena + N * 128) in 3 chunks for each 2 images: \
        [20, 4, 5] in blocks of 16, halo 1
        sum = k0_first(arena + 64 + N * 128, output 0) in 1 chunk: [20, 1, 1]

        """)
  }
}
