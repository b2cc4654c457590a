import GraphIR
import Tensors

extension Conv2D {
  /// A matrix product for each image and group: the filters times the unfolded image.
  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let input = operands[Self.inputIndex]
    let weight = operands[Self.weightIndex]
    let groupFilters = weight.elements.count / groups
    let filters = (0..<groups).map { Array(weight.elements[$0 * groupFilters..<($0 + 1) * groupFilters]) }
    let patches = Patches(input: input.dimensions, filter: weight.dimensions, window: window(of: weight))

    var elements: [Double] = []
    for image in 0..<input.dimensions[0] {
      for group in 0..<groups {
        let unfolded = patches.unfold(input.elements, image: image, group: group)
        elements += gemm.multiply(
          filters[group], unfolded, rows: weight.dimensions[0] / groups, inner: patches.tapCount,
          columns: patches.windowCount)
      }
    }
    let size = patches.resultSize
    var result = Tensor([input.dimensions[0], weight.dimensions[0], size.rows, size.columns], elements)
    applyEpilogue(&result, operands)
    return [result] + (givesStatistics ? BatchStatistics().evaluate([result], gemm: gemm) : [])
  }

  private func window(of weight: Tensor) -> SlidingWindow2D {
    window(kernel: Extent2D(rows: weight.dimensions[2], columns: weight.dimensions[3]))
  }

  private func applyEpilogue(_ result: inout Tensor, _ operands: [Tensor]) {
    if let residualIndex {
      let residual = operands[residualIndex].elements
      for index in residual.indices { result.elements[index] += residual[index] }
    }
    let bias = biasIndex.map { operands[$0].elements }
    let slope = slopeIndex.map { operands[$0].elements }
    result.mapPlanes { channel, plane in
      if let bias { for index in plane.indices { plane[index] += bias[channel] } }
      activation.apply(to: plane, slope: slope?[channel] ?? 1)
    }
  }
}
