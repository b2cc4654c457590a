import GraphIR
import Tensors

/// The largest element of a bin gets its gradient; of several equal ones the first, row by row. Bins may overlap.
///
/// Operands: dy, with an element for each bin; x, what was pooled.
///
/// (C1) x is f32 of rank 4, [N, C, H, W].
/// (C2) dy is too, with the same batch and channels.
package struct AdaptiveMaxPoolGradient: AttributeFreeOp {
  package static let mnemonic = "adaptiveMaxPoolGradient"

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    let maps = try FeatureMaps(operands[1], of: Self.self, operand: 1)
    var expected = maps
    expected.size = try FeatureMaps(operands[0], of: Self.self, operand: 0, constraint: "C2").size
    try operands[0].check(expected.type, as: "a dy", of: Self.self, operand: 0, constraint: "C2")
    return [maps.type]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let x = operands[1]
    let size = Extent2D(rows: x.dimensions[2], columns: x.dimensions[3])
    return [
      AdaptiveBins.scatter(operands[0], onto: size) { element, bin, planeStart, target in
        let largest = bin.indexOfLargest { x.elements[planeStart + $0] }
        target[largest] += element
      }
    ]
  }
}
