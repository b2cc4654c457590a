import Kernels
import TestSupport

/// Images in the order that people think of, [N][C][H][W], to and from the layouts that kernels work in.
struct Images {
  let count: Int
  let channels: Int
  let rows: Int
  let columns: Int
  private(set) var elements: [Float]

  /// - Parameter element: The element at (image, channel, row, column).
  init(_ count: Int, like layout: ImageLayout, element: (Int, Int, Int, Int) -> Float) {
    self.count = count
    (channels, rows, columns) = (layout.channels, layout.rows, layout.columns)
    elements = []
    for image in 0..<count {
      for channel in 0..<channels {
        for row in 0..<rows {
          for column in 0..<columns { elements.append(element(image, channel, row, column)) }
        }
      }
    }
  }

  /// Numbers in ±1.
  init(_ count: Int, like layout: ImageLayout, random generator: inout SeededGenerator) {
    self.init(count, like: layout) { _, _, _, _ in Float(generator.uniform()) }
  }

  subscript(image: Int, channel: Int, row: Int, column: Int) -> Float {
    elements[((image * channels + channel) * rows + row) * columns + column]
  }

  /// The element, or nil outside of the plane.
  func inside(_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Float? {
    (0..<rows).contains(row) && (0..<columns).contains(column) ? self[image, channel, row, column] : nil
  }

  /// As they lie in memory: zeros in halos and in lanes past the last channel.
  func stored(as layout: ImageLayout) -> [Float] {
    var memory = [Float](repeating: 0, count: count * layout.elementCount)
    for image in 0..<count {
      for channel in 0..<channels {
        let plane =
          image * layout.elementCount + channel / layout.channelBlock * layout.blockStride
          + channel % layout.channelBlock + layout.firstColumn
        for row in 0..<rows {
          for column in 0..<columns {
            memory[plane + row * layout.rowStride + column * layout.pixelStride] = self[image, channel, row, column]
          }
        }
      }
    }
    return memory
  }
}
