import GraphIR
import OrderedCollections
import Tensors

/// Every `stride`-th row and column, from the first.
///
/// Operand: input [N, C, H, W].
///
/// (C1) The input is f32 of rank 4, [N, C, H, W].
/// (C2) The strides are at least 1.
package struct Subsample: Op {
  package static let mnemonic = "subsample"

  package var stride: Extent2D

  package init(stride: Extent2D) { self.stride = stride }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    stride = Extent2D(try reader.ints("stride", count: 2))
    try reader.finish()
  }

  package var attributes: Attributes { ["stride": stride.attribute] }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    var maps = try FeatureMaps(operands[0], of: Self.self)
    try stride.check("stride", of: Self.self, constraint: "C2")
    maps.size = resultSize(maps.size)
    return [maps.type]
  }

  private func resultSize(_ size: Extent2D) -> Extent2D {
    Extent2D(rows: (size.rows - 1) / stride.rows + 1, columns: (size.columns - 1) / stride.columns + 1)
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let columnCount = operands[0].dimensions[3]
    let size = resultSize(Extent2D(rows: operands[0].dimensions[2], columns: columnCount))
    return [
      operands[0].mapPlanes(toRows: size.rows, columns: size.columns) { plane, row, column in
        plane[row * stride.rows * columnCount + column * stride.columns]
      }
    ]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    let size = try FeatureMaps(builder.graph.type(of: node.operands[0]), of: Self.self).size
    return [try builder.append(Spread(size: size, stride: stride), [dy], for: node)]
  }

  package static let surface = Surface(
    "subsample", "Every stride-th row and column.",
    parameters: [
      .input,
      Surface.Parameter("stride", .pair, labelled: false, "The step: one number, or [rows, columns]."),
    ]
  ) { (call) throws(OpError) in
    try call.append(Subsample(stride: Extent2D(call.pair("stride"))), [call.tensor("x")])
  }
}
