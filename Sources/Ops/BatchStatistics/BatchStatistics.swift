import GraphIR
import Tensors

/// Mean and variance of each channel over images, rows and columns.
///
/// Results: mean [C]; variance [C], the mean of squared deviations, by which a batch normalises; sampleVariance [C],
/// with one less in the divisor, which running statistics take in. Of a single element the sample variance is 0.
///
/// (C1) The operand is f32 of rank 2 or 4: [N, C] or [N, C, H, W].
package struct BatchStatistics: AttributeFreeOp {
  package static let mnemonic = "batchStatistics"

  package init() {}

  // MARK: Results

  package static let meanIndex = 0
  package static let varianceIndex = 1
  package static let sampleVarianceIndex = 2

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    let perChannel = TensorType(.f32, [.fixed(try operands[0].channelCount(of: Self.self))])
    return [perChannel, perChannel, perChannel]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let x = operands[0]
    let count = x.elements.count / x.dimensions[1]
    var mean = x.sumsByChannel { _, _, element in element }
    for channel in mean.elements.indices { mean.elements[channel] /= Double(count) }
    let squares = x.sumsByChannel { channel, _, element in
      let deviation = element - mean.elements[channel]
      return deviation * deviation
    }
    return [mean]
      + [count, max(count - 1, 1)].map { divisor in
        Tensor(squares.dimensions, squares.elements.map { $0 / Double(divisor) })
      }
  }
}
