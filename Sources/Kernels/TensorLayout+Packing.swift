import CRuntime

/// Tensors without a batch, from row-major order and back: how the state of training is read and written, by the
/// runtime's functions, which do the same where a network is trained without Apus.
extension TensorLayout: ConstantPacking {
  package func pack(_ elements: UnsafeBufferPointer<Float>, into packed: UnsafeMutableBufferPointer<Float>) {
    var layout = apus_state_layout(self)
    precondition(elements.count >= apus_state_element_count(&layout), "the tensor has too few elements")
    precondition(packed.count >= apus_state_stored_count(&layout), "there is too little memory for the tensor")
    apus_state_pack(&layout, elements.baseAddress, packed.baseAddress)
  }

  /// The row-major elements.
  package func unpacked(_ packed: UnsafeBufferPointer<Float>) -> [Float] {
    var layout = apus_state_layout(self)
    precondition(packed.count >= apus_state_stored_count(&layout), "the tensor is larger than its memory")
    let count = Int(apus_state_element_count(&layout))
    return [Float](unsafeUninitializedCapacity: count) { elements, initializedCount in
      apus_state_unpack(&layout, packed.baseAddress, elements.baseAddress)
      initializedCount = count
    }
  }
}

extension apus_state_layout {
  /// - Precondition: The tensor is no activation, which is no state.
  package init(_ layout: TensorLayout) {
    switch layout {
    case .image: preconditionFailure("an activation is no state")
    case .vector(let count, let lanes):
      self.init(outputs: Int64(count), inputs: 1, taps: 1, input_block: 1, lanes: Int64(lanes))
    case .filter(let filter):
      self.init(
        outputs: Int64(filter.outputs), inputs: Int64(filter.inputs),
        taps: Int64(filter.kernelRows * filter.kernelColumns), input_block: Int64(filter.inputBlock),
        lanes: Int64(filter.lanes))
    }
  }
}
