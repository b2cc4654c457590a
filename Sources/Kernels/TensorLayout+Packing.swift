/// Tensors without a batch, from row-major order and back: how the state of training is read and written.
extension TensorLayout: ConstantPacking {
  package func pack(_ elements: UnsafeBufferPointer<Float>, into packed: UnsafeMutableBufferPointer<Float>) {
    packed.initialize(repeating: 0)
    forEachElement { packed[$1] = elements[$0] }
  }

  /// The row-major elements.
  package func unpacked(_ packed: UnsafeBufferPointer<Float>) -> [Float] {
    [Float](unsafeUninitializedCapacity: rowMajorCount) { elements, count in
      elements.initialize(repeating: 0)
      forEachElement { elements[$0] = packed[$1] }
      count = rowMajorCount
    }
  }

  private var rowMajorCount: Int {
    switch self {
    case .image: preconditionFailure("an activation is no state")
    case .filter(let layout): layout.outputs * layout.inputs * layout.kernelRows * layout.kernelColumns
    case .vector(let count, _): count
    }
  }

  /// Calls `body` with the row-major place of every element, and its place in memory.
  private func forEachElement(_ body: (Int, Int) -> Void) {
    switch self {
    case .image: preconditionFailure("an activation is no state")
    case .vector(let count, _): for index in 0..<count { body(index, index) }
    case .filter(let layout):
      let taps = layout.kernelRows * layout.kernelColumns
      for output in 0..<layout.outputs {
        for input in 0..<layout.inputs {
          let source = (output * layout.inputs + input) * taps
          let place = layout.place(output: output, input: input)
          for tap in 0..<taps { body(source + tap, place + tap * layout.tapStride) }
        }
      }
    }
  }
}

extension FilterLayout {
  /// Where the first tap of a pair of channels is.
  package func place(output: Int, input: Int) -> Int {
    output / lanes * outputBlockStride + input / inputBlock * inputBlockStride + input % inputBlock * lanes
      + output % lanes
  }
}
