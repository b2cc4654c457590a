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
}
