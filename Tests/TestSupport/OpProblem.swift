import GraphIR
import Ops
import Tensors

/// One op on operands of given sizes, written as a line such as `conv n2 c64 h56 w56 o64 k3 s1 p1 bias relu`: what the
/// tests of ops, of compiled code, and benchmarks run.
///
/// The first word is the mnemonic; then `n2 c3 h5 w7` (or `n2 c10`) is the input, and the rest are the op's attributes:
/// `o` output channels, `k` kernel, `s` stride, `d` dilation (`k3` or `k3x5`: rows, then columns), `p` padding (one
/// number, `1x2`, or top x left x bottom x right), `g` groups, `z` size of the result, and flags. The gradient of an op
/// has that op's sizes and attributes.
package struct OpProblem: Sendable, CustomStringConvertible {
  package let description: String
  package let mnemonic: String
  let numbers: [Character: [Int]]
  let flags: Set<String>

  /// Traps on a line that is not well-formed: problems are part of the tests.
  package init(_ line: String) {
    description = line
    let words = line.split(separator: " ").map(String.init)
    precondition(!words.isEmpty, "an empty problem")
    mnemonic = words[0]
    var numbers: [Character: [Int]] = [:]
    var flags: Set<String> = []
    for word in words.dropFirst() {
      let values = word.dropFirst().split(separator: "x").map { Int($0) }
      if let key = word.first, !values.isEmpty, !values.contains(nil) {
        numbers[key] = values.compactMap(\.self)
      } else {
        flags.insert(word)
      }
    }
    self.numbers = numbers
    self.flags = flags
  }

  /// The number of images.
  package var batch: Int { number("n", default: 1) }

  func number(_ key: Character, default value: Int) -> Int { numbers[key]?.first ?? value }

  func extent(_ key: Character, default value: Int = 1) -> Extent2D {
    let values = numbers[key] ?? [value]
    return values.count == 1 ? Extent2D(values[0]) : Extent2D(values)
  }

  var padding: Padding2D {
    switch numbers["p"] {
    case let sides? where sides.count == 4: Padding2D(sides)
    default: Padding2D(symmetric: [extent("p", default: 0).rows, extent("p", default: 0).columns])
    }
  }

  private var activation: Activation {
    if flags.contains("relu") { return .relu }
    if flags.contains("prelu") { return .prelu }
    return flags.contains("clip") ? .clip(low: -0.5, high: 0.75) : .none
  }

  var inputShape: Shape {
    let spatial = ["h", "w"].compactMap { numbers[$0]?.first }
    return Shape([.batch, .fixed(number("c", default: 1))] + spatial.map(Dimension.fixed))
  }
}

// MARK: The graph

extension OpProblem {
  /// A graph of the one op, whose inputs are `x` and, where the op has more tensors, `y` or `divisor`; of a gradient
  /// `dy` and what it is computed from. The outputs are `result`, then `result1` and so on.
  package func graph() throws(OpError) -> Graph {
    var builder = GraphBuilder(Graph(name: "problem"))
    let x = builder.input("x", TensorType(.f32, inputShape))
    let training = try trainingApplication(&builder, x)
    let (op, operands) = if let training { training } else { try application(&builder, x) }
    let results = try builder.append(op, operands, name: mnemonic)
    for (position, result) in results.enumerated() {
      builder.output(position == 0 ? "result" : "result\(position)", result)
    }
    // A gradient need not read what it is the gradient of.
    var graph = builder.graph
    graph.inputs.removeAll { input in !operands.contains(input.value) }
    return graph
  }

  private func application(_ builder: inout GraphBuilder, _ x: ValueID) throws(OpError) -> (any Op, [ValueID]) {
    switch mnemonic {
    case Conv2D.mnemonic: return try convolution(&builder, x)
    case Linear.mnemonic: return linear(&builder, x)
    case BatchNorm.mnemonic:
      return (BatchNorm(), [x] + ["weight", "bias", "mean", "variance"].map { perChannel($0, &builder) })
    case PReLU.mnemonic: return (PReLU(), [x, perChannel("slope", &builder)])
    case Concat.mnemonic:
      var shape = inputShape
      shape[1] = .fixed(number("o", default: 1))
      return (Concat(), [x, builder.input("y", TensorType(.f32, shape)), x])
    case Divide.mnemonic: return (Divide(), [x, builder.input("divisor", TensorType(.f32, inputShape))])
    case Add.mnemonic, Subtract.mnemonic, Multiply.mnemonic, Maximum.mnemonic, Minimum.mnemonic:
      return (try plainOp(), [x, builder.input("y", TensorType(.f32, inputShape))])
    default: return (try unaryOp(), [x])
    }
  }

  var pooling: Pooling {
    Pooling(
      kernel: extent("k"), stride: extent("s", default: number("k", default: 1)), padding: padding,
      ceil: flags.contains("ceil"))
  }

  private func unaryOp() throws(OpError) -> any Op {
    switch mnemonic {
    case MaxPool2D.mnemonic: return MaxPool2D(pooling)
    case AveragePool2D.mnemonic: return AveragePool2D(pooling, countPadding: !flags.contains("ignorePadding"))
    case AdaptiveAveragePool.mnemonic: return AdaptiveAveragePool(size: extent("z"))
    case AdaptiveMaxPool.mnemonic: return AdaptiveMaxPool(size: extent("z"))
    case Affine.mnemonic: return Affine(scale: -1.5, shift: 0.25)
    case Clip.mnemonic: return Clip(low: -0.5, high: 0.75)
    case Dropout.mnemonic: return Dropout(rate: 0.5)
    case PadChannels.mnemonic: return PadChannels(front: number("a", default: 0), behind: number("b", default: 0))
    case Subsample.mnemonic: return Subsample(stride: extent("s"))
    case Pad2D.mnemonic: return Pad2D(padding)
    default: return try plainOp()
    }
  }

  /// An op with no attributes.
  private func plainOp() throws(OpError) -> any Op {
    guard let type = OpRegistry.table[mnemonic] else { preconditionFailure("no op '\(mnemonic)'") }
    return try type.init(attributes: [:])
  }

  private func convolution(_ builder: inout GraphBuilder, _ x: ValueID) throws(OpError) -> (any Op, [ValueID]) {
    let conv = Conv2D(
      stride: extent("s"), padding: padding, dilation: extent("d"), groups: number("g", default: 1),
      hasBias: flags.contains("bias"), hasResidual: flags.contains("residual"), activation: activation,
      givesStatistics: flags.contains("statistics"))
    let (channels, kernel) = (number("o", default: 1), extent("k"))
    let filter: Shape = [
      .fixed(channels), .fixed(number("c", default: 1) / conv.groups), .fixed(kernel.rows), .fixed(kernel.columns),
    ]
    var operands = [x, builder.parameter("weight", TensorType(.f32, filter), .zeros)]
    if conv.hasBias { operands.append(perChannel("bias", count: channels, &builder)) }
    if conv.hasResidual {
      var plain = conv
      (plain.hasBias, plain.hasResidual, plain.activation, plain.givesStatistics) = (false, false, .none, false)
      let type = try plain.resultTypes(operands.prefix(2).map { builder.graph.type(of: $0) })[0]
      operands.append(builder.input("y", type))
    }
    if conv.activation == .prelu { operands.append(perChannel("slope", count: channels, &builder)) }
    return (conv, operands)
  }

  private func linear(_ builder: inout GraphBuilder, _ x: ValueID) -> (any Op, [ValueID]) {
    let hasBias = flags.contains("bias")
    let (inputs, outputs) = (number("c", default: 1), number("o", default: 1))
    var operands = [
      x, builder.parameter("weight", TensorType(.f32, [.fixed(outputs), .fixed(inputs)]), .zeros),
    ]
    if hasBias { operands.append(perChannel("bias", count: outputs, &builder)) }
    return (Linear(hasBias: hasBias), operands)
  }

  func perChannel(_ name: String, count: Int? = nil, _ builder: inout GraphBuilder) -> ValueID {
    builder.parameter(name, TensorType(.f32, [.fixed(count ?? number("c", default: 1))]), .zeros)
  }
}

// MARK: Data

extension OpProblem {
  /// Reproducible tensors for `graph()`.
  package func tensors(of graph: Graph) -> GraphTensors {
    let seed = description.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
    return GraphTensors(graph, batch: batch, seed: seed)
  }
}
