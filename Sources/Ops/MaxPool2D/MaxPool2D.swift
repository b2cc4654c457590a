import GraphIR
import OrderedCollections
import Tensors

/// The largest element of each window, NaN where it has one; padding never wins.
///
/// Operand: input [N, C, H, W].
///
/// (C1) The input is f32 of rank 4, [N, C, H, W].
/// (C2) Kernel and strides are at least 1; paddings at least 0, and at most half the kernel.
/// (C3) The kernel fits into the padded input.
package struct MaxPool2D: Op {
  package static let mnemonic = "maxPool"

  package var pooling: Pooling

  package init(_ pooling: Pooling) { self.pooling = pooling }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    pooling = try Pooling(&reader)
    try reader.finish()
  }

  package var attributes: Attributes { pooling.attributes }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try pooling.resultTypes(operands, of: Self.self)
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    [pooling.reduceWindows(of: operands[0]) { window, _ in window.largest }]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [try builder.append(MaxPoolGradient(pooling), [dy, node.operands[0]], for: node)]
  }

  package static let surface = Surface(
    "maxPool", "The largest element of each window, NaN where it has one.", parameters: Pooling.surfaceParameters
  ) { (call) throws(OpError) in
    try call.append(MaxPool2D(Pooling(call)), [call.tensor("x")])
  }
}
