import GraphIR
import Ops
import TestSupport
import Testing

struct AttributeTests {
  /// Attributes read back give the op again, and none that holds a default is printed twice.
  @Test(arguments: OpSamples.all)
  func roundTrip(problem: OpProblem) throws {
    for node in try problem.graph().nodes { try checkRoundTrip(node.op) }
  }

  @Test func roundTripOfFoldingOps() throws {
    try checkRoundTrip(FilterScaling(epsilon: 1e-3))
    try checkRoundTrip(FoldedBias(epsilon: 1e-5, hasBias: true))
    try checkRoundTrip(Clip(low: -.infinity, high: 6))
    try checkRoundTrip(BatchNorm(epsilon: 1e-3, momentum: 0.01))
  }

  private func checkRoundTrip<Kind: Op>(_ op: Kind) throws {
    #expect(try Kind(attributes: op.attributes) == op)
  }

  @Test(
    arguments: [
      (Conv2D.self, ["stride": .int(2)], "attribute 'stride' of 'conv' is a list of 2 integers; got 2"),
      (Conv2D.self, ["padding": .ints([1, 1])], "attribute 'padding' of 'conv' is a list of 4 integers; got [1, 1]"),
      (Conv2D.self, ["bias": .int(1)], "attribute 'bias' of 'conv' is true or false; got 1"),
      (Conv2D.self, ["groups": .float(2)], "attribute 'groups' of 'conv' is an integer; got 2.0"),
      (Conv2D.self, ["activation": .symbol("gelu")], "activation is none, relu, clip or prelu; got 'gelu'"),
      (Conv2D.self, ["activation": .int(1)], "attribute 'activation' of 'conv' is a word; got 1"),
      (Conv2D.self, ["activation": .symbol("clip")], "'conv' needs the attribute 'low'"),
      (Conv2D.self, ["strides": .ints([2, 2])], "'conv' has no attribute 'strides'"),
      (BatchNormGradient.self, ["mask": .symbol("relu")], "mask is none, norm or result; got 'relu'"),
      (ReLU.self, ["low": .int(0)], "'relu' has no attribute 'low'"),
      (Clip.self, ["low": .int(0)], "'clip' needs the attribute 'high'"),
      (Clip.self, ["low": .bool(true)], "attribute 'low' of 'clip' is a number; got true"),
    ] as [(any Op.Type, Attributes, String)])
  func message(op: any Op.Type, attributes: Attributes, expected: String) {
    let error = #expect(throws: OpError.self) { try op.init(attributes: attributes) }
    #expect(error?.message == expected)
  }
}
