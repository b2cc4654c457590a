/// The patches of an image that a convolution's windows cover, as a matrix: a row for each tap (channel of the group,
/// kernel row, kernel column), a column for each window.
struct Patches {
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

  /// The matrix of an image; taps on the padding are zero.
  func unfold(_ input: [Double], image: Int, group: Int) -> [Double] {
    var matrix = [Double](repeating: 0, count: tapCount * windowCount)
    let step = window.columns.stride
    matrix.withUnsafeMutableBufferPointer { matrix in
      input.withUnsafeBufferPointer { input in
        forEachRun(image: image, group: group) { target, source, count in
          for index in 0..<count { matrix[target + index] = input[source + index * step] }
        }
      }
    }
    return matrix
  }

  /// Adds each element of a matrix to where in the image it would have come from.
  func fold(_ matrix: [Double], onto input: inout [Double], image: Int, group: Int) {
    let step = window.columns.stride
    input.withUnsafeMutableBufferPointer { input in
      matrix.withUnsafeBufferPointer { matrix in
        forEachRun(image: image, group: group) { source, target, count in
          for index in 0..<count { input[target + index * step] += matrix[source + index] }
        }
      }
    }
  }

  /// Calls `body` for every tap and row of windows with what of them is on the input: its first place in the matrix,
  /// its first place in the input, and how many windows there are, the columns' stride apart in the input.
  private func forEachRun(image: Int, group: Int, _ body: (_ matrix: Int, _ input: Int, _ count: Int) -> Void) {
    var row = 0
    for channel in 0..<groupChannels {
      let plane = (image * channels + group * groupChannels + channel) * size.rows * size.columns
      for kernelRow in 0..<kernel.rows {
        for kernelColumn in 0..<kernel.columns {
          let rows = window.rows.windows(withTap: kernelRow, onInput: size.rows, count: resultSize.rows)
          let columns = window.columns.windows(withTap: kernelColumn, onInput: size.columns, count: resultSize.columns)
          for resultRow in rows where !columns.isEmpty {
            let inputRow = window.rows.position(window: resultRow, tap: kernelRow)
            let inputColumn = window.columns.position(window: columns.lowerBound, tap: kernelColumn)
            body(
              row * windowCount + resultRow * resultSize.columns + columns.lowerBound,
              plane + inputRow * size.columns + inputColumn, columns.count)
          }
          row += 1
        }
      }
    }
  }
}
