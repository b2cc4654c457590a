import GraphIR
import Tensors

extension BatchNormGradient {
  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let gradient = gradient(operands, gemm: gemm)
    let x = operands[Self.inputIndex].elements
    let (weight, mean) = (operands[Self.weightIndex].elements, operands[Self.meanIndex].elements)
    let scale = operands[Self.varianceIndex].elements.map { 1 / ($0 + epsilon).squareRoot() }
    func normalised(_ channel: Int, _ index: Int) -> Double { (x[index] - mean[channel]) * scale[channel] }

    let dbias = gradient.sumsByChannel { _, _, element in element }
    let dweight = gradient.sumsByChannel { channel, index, element in element * normalised(channel, index) }
    let count = Double(x.count / gradient.dimensions[1])
    var dx = gradient
    var start = 0
    dx.mapPlanes { channel, plane in
      let (meanGradient, slope) = (dbias.elements[channel] / count, dweight.elements[channel] / count)
      for index in plane.indices {
        let centred = plane[index] - meanGradient - normalised(channel, start + index) * slope
        plane[index] = weight[channel] * scale[channel] * centred
      }
      start += plane.count
    }
    return [dx, dweight, dbias] + (givesGradient ? [gradient] : [])
  }

  /// That of the batch norm's result.
  private func gradient(_ operands: [Tensor], gemm: any MatrixMultiply) -> Tensor {
    var gradient = operands[Self.gradientIndex]
    if let residualIndex {
      gradient = Add().evaluate([gradient, operands[residualIndex]], gemm: gemm)[0]
    }
    let rectified: Tensor? =
      if let biasIndex {
        BatchNorm(epsilon: epsilon).evaluate(
          [Self.inputIndex, Self.weightIndex, biasIndex, Self.meanIndex, Self.varianceIndex].map { operands[$0] },
          gemm: gemm)[0]
      } else { rectifiedIndex.map { operands[$0] } }
    return rectified.map { ReLUGradient().evaluate([gradient, $0], gemm: gemm)[0] } ?? gradient
  }
}
