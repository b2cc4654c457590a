import Tensors

extension Tensor {
  /// Calls `body` with the channel and the elements of each channel of each image; for [N, C] or [N, C, H, W].
  mutating func mapPlanes(_ body: (_ channel: Int, _ plane: UnsafeMutableBufferPointer<Double>) -> Void) {
    let channelCount = dimensions[1]
    let planeElementCount = dimensions.dropFirst(2).reduce(1, *)
    let planeCount = dimensions[0] * channelCount
    elements.withUnsafeMutableBufferPointer { elements in
      for plane in 0..<planeCount {
        let range = plane * planeElementCount..<(plane + 1) * planeElementCount
        body(plane % channelCount, UnsafeMutableBufferPointer(rebasing: elements[range]))
      }
    }
  }

  /// Sums [C] over images, rows and columns of a term for each element; for [N, C] or [N, C, H, W]. `term` is given
  /// the element's channel, its index in the tensor, and the element.
  func sumsByChannel(_ term: (_ channel: Int, _ index: Int, _ element: Double) -> Double) -> Tensor {
    let channelCount = dimensions[1]
    let planeElementCount = dimensions.dropFirst(2).reduce(1, *)
    var sums = [Double](repeating: 0, count: channelCount)
    for plane in 0..<dimensions[0] * channelCount {
      let channel = plane % channelCount
      for index in plane * planeElementCount..<(plane + 1) * planeElementCount {
        sums[channel] += term(channel, index, elements[index])
      }
    }
    return Tensor([channelCount], sums)
  }

  /// A tensor [N, C, rows, columns], of zeros at first, to whose planes `scatter` adds what each element of this
  /// tensor's planes gives. `planeStart` is where the plane begins in a tensor of the result's size.
  func scatterPlanes(
    toRows rows: Int, columns: Int,
    _ scatter: (
      _ element: Double, _ row: Int, _ column: Int, _ planeStart: Int, _ target: UnsafeMutableBufferPointer<Double>
    ) -> Void
  ) -> Tensor {
    var result = Tensor([dimensions[0], dimensions[1], rows, columns])
    var (source, planeStart) = (0, 0)
    result.mapPlanes { _, target in
      for row in 0..<dimensions[2] {
        for column in 0..<dimensions[3] {
          scatter(elements[source], row, column, planeStart, target)
          source += 1
        }
      }
      planeStart += target.count
    }
    return result
  }

  /// A tensor [N, C, rows, columns] whose every element is computed from the plane [H, W] of its image and channel.
  func mapPlanes(
    toRows rows: Int, columns: Int,
    _ element: (_ plane: UnsafeBufferPointer<Double>, _ row: Int, _ column: Int) -> Double
  ) -> Tensor {
    let planeElementCount = dimensions[2] * dimensions[3]
    let planeCount = dimensions[0] * dimensions[1]
    var results: [Double] = []
    results.reserveCapacity(planeCount * rows * columns)
    elements.withUnsafeBufferPointer { elements in
      for index in 0..<planeCount {
        let range = index * planeElementCount..<(index + 1) * planeElementCount
        let plane = UnsafeBufferPointer(rebasing: elements[range])
        for row in 0..<rows {
          for column in 0..<columns { results.append(element(plane, row, column)) }
        }
      }
    }
    return Tensor([dimensions[0], dimensions[1], rows, columns], results)
  }
}
