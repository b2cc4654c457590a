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
