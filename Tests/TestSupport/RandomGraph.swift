import GraphIR
import Ops
import Tensors

/// Makes networks that nobody would write: sizes, ops and connections at random, reproducible by seed. For properties
/// that must hold of every graph.
package struct RandomGraph {
  private var generator: SeededGenerator
  private var builder = GraphBuilder(Graph(name: "Random"))
  /// Feature maps, and vectors, to go on from.
  private var maps: [ValueID] = []
  private var vectors: [ValueID] = []
  private var nodeCount = 0

  private init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A graph of at least `nodes` nodes, whose outputs are all values that no node uses, and sometimes others.
  package static func make(seed: UInt64, nodes: Int = 20) throws -> Graph {
    var random = RandomGraph(seed: seed)
    random.start()
    while random.builder.graph.nodes.count < nodes { random.grow() }
    random.finish()
    return random.builder.graph
  }

  private mutating func start() {
    let size = [Dimension.fixed(random(3...12)), .fixed(random(3...12))]
    for name in ["image", "second"].prefix(random(1...2)) {
      maps.append(builder.input(name, TensorType(.f32, Shape([.batch, .fixed(random(1...19))] + size))))
    }
  }

  /// Appends an op to a value; an op that refuses it is left out.
  private mutating func grow() {
    let input = random(0...4) == 0 ? pick(maps) : maps[maps.count - 1]
    switch random(0...17) {
    case 0...3: convolution(input)
    case 4: add(BatchNorm(), [input] + ["weight", "bias", "running_mean", "running_var"].map { perChannel($0, input) })
    case 5:
      add(pick([ReLU(), Clip(low: -0.5, high: 0.75), Affine(scale: 0.5, shift: 0.1), Dropout(rate: 0.5)]), [input])
    case 6: add(PReLU(), [input, perChannel("weight", input)])
    case 7: addAlike(input)
    case 8: pool(input)
    case 9: add(Concat(), [input, pick(maps)])
    case 10:
      add(
        pick([
          PadChannels(front: random(0...3), behind: random(0...3)), Subsample(stride: Extent2D(random(1...2))),
          Pad2D(Padding2D([random(0...1), random(0...2), random(0...1), 0])),
        ]), [input])
    case 11...16: residualBlock(input)
    default: classify(input)
    }
  }

  /// What fusions look for: convolution, batch norm, addition of the block's input, activation, each but the first and
  /// the addition only sometimes.
  private mutating func residualBlock(_ input: ValueID) {
    let channels = channelCount(input)
    let weight = builder.parameter(
      freshName("weight"), TensorType(.f32, [.fixed(channels), .fixed(channels), 3, 3]), .zeros)
    guard var value = append(Conv2D(padding: Padding2D(symmetric: [1, 1])), [input, weight]) else { return }
    if random(0...3) > 0 {
      let statistics = ["weight", "bias", "running_mean", "running_var"].map { perChannel($0, value) }
      value = append(BatchNorm(), [value] + statistics) ?? value
    }
    value = append(Add(), random(0...1) == 0 ? [input, value] : [value, input]) ?? value
    if random(0...3) > 0 { value = append(ReLU(), [value]) ?? value }
    maps.append(value)
  }

  private mutating func convolution(_ input: ValueID) {
    let channels = channelCount(input)
    let groups = random(0...3) == 0 ? channels : 1
    let conv = Conv2D(
      stride: Extent2D(random(1...2)), padding: Padding2D(symmetric: [random(0...2), random(0...2)]),
      groups: groups, hasBias: random(0...1) == 0)
    let outputs = groups * random(1...(groups > 1 ? 2 : 20))
    let filter: Shape = [
      .fixed(outputs), .fixed(channels / groups), .fixed(random(1...3)), .fixed(random(1...3)),
    ]
    var operands = [input, builder.parameter(freshName("weight"), TensorType(.f32, filter), .zeros)]
    if conv.hasBias {
      operands.append(builder.parameter(freshName("bias"), TensorType(.f32, [.fixed(outputs)]), .zeros))
    }
    add(conv, operands)
  }

  /// An element-wise op of the value with another of its type: a residual, often.
  private mutating func addAlike(_ input: ValueID) {
    let graph = builder.graph
    let alike = maps.filter { graph.type(of: $0) == graph.type(of: input) }
    add(pick([Add(), Add(), Subtract(), Multiply(), Maximum()]), [input, pick(alike)])
  }

  private mutating func pool(_ input: ValueID) {
    let pooling = Pooling(
      kernel: Extent2D(random(2...3)), stride: Extent2D(random(1...2)),
      padding: Padding2D(symmetric: [random(0...1), random(0...1)]), ceil: random(0...1) == 0)
    add(
      pick([
        MaxPool2D(pooling), AveragePool2D(pooling, countPadding: random(0...1) == 0),
        AdaptiveAveragePool(size: Extent2D([random(1...4), random(1...4)])),
      ]), [input])
  }

  private mutating func classify(_ input: ValueID) {
    guard let features = append(pick([GlobalAveragePool(), Flatten()]), [input]),
      let count = builder.graph.type(of: features).shape[1].fixedExtent
    else { return }
    let weight = TensorType(.f32, [.fixed(random(1...20)), .fixed(count)])
    let operands = [features, builder.parameter(freshName("weight"), weight, .zeros)]
    if let logits = append(Linear(hasBias: false), operands) { vectors.append(logits) }
  }

  private mutating func finish() {
    if vectors.isEmpty { classify(pick(maps)) }
    let index = GraphIndex(builder.graph)
    for (number, value) in (maps + vectors).enumerated()
    where index.producer(of: value) != nil && (index.uses(of: value).isEmpty || random(0...29) == 0) {
      builder.output("output\(number)", value)
    }
  }

  // MARK: Parts

  private mutating func add(_ op: any Op, _ operands: [ValueID]) {
    if let result = append(op, operands) { maps.append(result) }
  }

  private mutating func append(_ op: any Op, _ operands: [ValueID]) -> ValueID? {
    try? builder.append(op, operands, name: freshName("node")).first
  }

  private mutating func perChannel(_ name: String, _ input: ValueID) -> ValueID {
    builder.parameter(freshName(name), TensorType(.f32, [.fixed(channelCount(input))]), .zeros)
  }

  private func channelCount(_ value: ValueID) -> Int { builder.graph.type(of: value).shape[1].fixedExtent ?? 1 }

  private mutating func freshName(_ name: String) -> String {
    nodeCount += 1
    return "layer\(nodeCount).\(name)"
  }

  private mutating func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

  private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random(0...elements.count - 1)] }

  private mutating func pick(_ ops: [any Op]) -> any Op { ops[random(0...ops.count - 1)] }
}
