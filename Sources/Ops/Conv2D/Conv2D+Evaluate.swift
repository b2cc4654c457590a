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
    return [result]
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

/// The patches of an image that a convolution's windows cover, as a matrix: a row for each tap (channel of the group,
/// kernel row, kernel column), a column for each window.
private struct Patches {
  let channels: Int
  let size: Extent2D
  let groupChannels: Int
  let kernel: Extent2D
  let window: SlidingWindow2D
  let resultSize: Extent2D

  init(input: [Int], filter: [Int], window: SlidingWindow2D) {
    channels = input[1]
    size = Extent2D(rows: input[2], columns: input[3])
    groupChannels = filter[1]
    kernel = Extent2D(rows: filter[2], columns: filter[3])
    self.window = window
    resultSize = Extent2D(
      rows: window.rows.count(input: size.rows) ?? 0, columns: window.columns.count(input: size.columns) ?? 0)
  }

  var tapCount: Int { groupChannels * kernel.rows * kernel.columns }
  var windowCount: Int { resultSize.rows * resultSize.columns }

  func unfold(_ input: [Double], image: Int, group: Int) -> [Double] {
    let planeElementCount = size.rows * size.columns
    let firstPlane = image * channels + group * groupChannels
    return input.withUnsafeBufferPointer { input in
      [Double](unsafeUninitializedCapacity: tapCount * windowCount) { matrix, count in
        matrix.initialize(repeating: 0)
        count = matrix.count
        var row = 0
        for channel in 0..<groupChannels {
          let start = (firstPlane + channel) * planeElementCount
          let plane = UnsafeBufferPointer(rebasing: input[start..<start + planeElementCount])
          for kernelRow in 0..<kernel.rows {
            for kernelColumn in 0..<kernel.columns {
              fill(matrix, row: row, plane, kernelRow: kernelRow, kernelColumn: kernelColumn)
              row += 1
            }
          }
        }
      }
    }
  }

  /// Writes the element under one tap for every window; those on the padding stay zero.
  private func fill(
    _ matrix: UnsafeMutableBufferPointer<Double>, row: Int, _ plane: UnsafeBufferPointer<Double>, kernelRow: Int,
    kernelColumn: Int
  ) {
    let rows = window.rows.windows(withTap: kernelRow, onInput: size.rows, count: resultSize.rows)
    let columns = window.columns.windows(withTap: kernelColumn, onInput: size.columns, count: resultSize.columns)
    guard !columns.isEmpty else { return }
    let step = window.columns.stride
    for resultRow in rows {
      let inputRow = window.rows.position(window: resultRow, tap: kernelRow)
      let source =
        inputRow * size.columns + window.columns.position(window: columns.lowerBound, tap: kernelColumn)
      let target = row * windowCount + resultRow * resultSize.columns + columns.lowerBound
      if step == 1 {
        let run = UnsafeBufferPointer(rebasing: plane[source..<source + columns.count])
        _ = UnsafeMutableBufferPointer(rebasing: matrix[target..<target + columns.count]).update(from: run)
      } else {
        for index in 0..<columns.count { matrix[target + index] = plane[source + index * step] }
      }
    }
  }
}
