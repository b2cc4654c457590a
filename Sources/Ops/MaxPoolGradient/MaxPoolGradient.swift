import GraphIR
import OrderedCollections
import Tensors

/// The largest element of a window gets its gradient; of several equal ones the first, row by row.
///
/// Operands: dy; x, what `MaxPool2D` pooled.
///
/// (C1) x is f32 of rank 4, [N, C, H, W].
/// (C2) The pooling is one that `MaxPool2D` takes.
/// (C3) x, pooled, has dy's type.
package struct MaxPoolGradient: Op {
  package static let mnemonic = "maxPoolGradient"

  package var pooling: Pooling

  package init(_ pooling: Pooling) { self.pooling = pooling }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    pooling = try Pooling(&reader)
    try reader.finish()
  }

  package var attributes: Attributes { pooling.attributes }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    let expected = try pooling.resultTypes([operands[1]], of: Self.self)[0]
    try operands[0].check(expected, as: "a dy", of: Self.self, operand: 0, constraint: "C3")
    return [operands[1]]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let x = operands[1]
    let size = Extent2D(rows: x.dimensions[2], columns: x.dimensions[3])
    return [
      pooling.scatterWindows(of: operands[0], onto: size) { element, window, _, planeStart, target in
        let largest = window.indexOfLargest { x.elements[planeStart + $0] }
        target[largest] += element
      }
    ]
  }
}
