import GraphIR
import OrderedCollections
import Tensors

/// Zeros around each feature map.
///
/// Operand: input [N, C, H, W].
///
/// (C1) The input is f32 of rank 4, [N, C, H, W].
/// (C2) The padding is at least 0 on each side.
package struct Pad2D: Op {
  package static let mnemonic = "pad"

  package var padding: Padding2D

  package init(_ padding: Padding2D) { self.padding = padding }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    padding = Padding2D(try reader.ints("padding", count: 4))
    try reader.finish()
  }

  package var attributes: Attributes { ["padding": padding.attribute] }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    var maps = try FeatureMaps(operands[0], of: Self.self)
    try padding.check(of: Self.self, constraint: "C2")
    maps.size.rows += padding.top + padding.bottom
    maps.size.columns += padding.left + padding.right
    return [maps.type]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (rowCount, columnCount) = (operands[0].dimensions[2], operands[0].dimensions[3])
    return [
      operands[0].mapPlanes(
        toRows: rowCount + padding.top + padding.bottom, columns: columnCount + padding.left + padding.right
      ) { plane, row, column in
        let (row, column) = (row - padding.top, column - padding.left)
        guard (0..<rowCount).contains(row), (0..<columnCount).contains(column) else { return 0 }
        return plane[row * columnCount + column]
      }
    ]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    let maps = try FeatureMaps(builder.graph.type(of: node.operands[0]), of: Self.self)
    let slice = Slice(
      start: [0, padding.top, padding.left], size: [maps.channels, maps.size.rows, maps.size.columns])
    return [try builder.append(slice, [dy], for: node)]
  }

  package static let surface = Surface(
    "pad", "Zeros around each feature map.",
    parameters: [
      .input,
      Surface.Parameter(
        "padding", .ints, labelled: false,
        "Zeros on each side: one number, [rows, columns], or [top, left, bottom, right]."),
    ]
  ) { (call) throws(OpError) in
    let sides = call.ints("padding")
    let padding: Padding2D
    switch sides.count {
    case 1: padding = Padding2D(symmetric: [sides[0], sides[0]])
    case 2: padding = Padding2D(symmetric: sides)
    case 4: padding = Padding2D(sides)
    default:
      throw OpError("pad takes 1, 2 or 4 numbers; got \(sides.count)", constraint: "C2")
    }
    return try call.append(Pad2D(padding), [call.tensor("x")])
  }
}
