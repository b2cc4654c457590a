import GraphIR
import Tensors

extension BatchNorm {
  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    var result = operands[Self.inputIndex]
    let (weight, bias) = (operands[Self.weightIndex].elements, operands[Self.biasIndex].elements)
    let (mean, variance) = (operands[Self.meanIndex].elements, operands[Self.varianceIndex].elements)
    result.mapPlanes { channel, plane in
      let scale = weight[channel] / (variance[channel] + epsilon).squareRoot()
      for index in plane.indices { plane[index] = (plane[index] - mean[channel]) * scale + bias[channel] }
    }
    return [result]
  }
}
