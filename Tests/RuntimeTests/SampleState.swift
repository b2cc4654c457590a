import CRuntime
import CodeGen

/// A layout of the state's tables.
struct SampleLayout {
  var outputs: Int
  var inputs: Int
  var taps: Int
  var inputBlock: Int
  var lanes: Int

  init(_ outputs: Int, _ inputs: Int = 1, taps: Int = 1, inputBlock: Int = 1, lanes: Int) {
    self.outputs = outputs
    self.inputs = inputs
    self.taps = taps
    self.inputBlock = inputBlock
    self.lanes = lanes
  }

  var elementCount: Int { outputs * inputs * taps }

  var table: apus_state_layout {
    apus_state_layout(
      outputs: Int64(outputs), inputs: Int64(inputs), taps: Int64(taps), input_block: Int64(inputBlock),
      lanes: Int64(lanes))
  }
}

struct SampleTensor {
  var name: String
  var extents: [Int64]
  var role: apus_state_role
  var layout: SampleLayout

  init(_ name: String, _ extents: [Int64], _ role: apus_state_role, _ layout: SampleLayout) {
    self.name = name
    self.extents = extents
    self.role = role
    self.layout = layout
  }
}

/// State in memory, as a trainer holds it.
final class SampleState {
  private var tables: [apus_state_tensor] = []
  private var names: [UnsafeMutablePointer<CChar>] = []
  private var extents: [UnsafeMutableBufferPointer<Int64>] = []
  private let image: AlignedBytes

  init(_ tensors: [SampleTensor]) {
    var offset = 0
    for tensor in tensors {
      let name = Array(tensor.name.utf8CString)
      let nameCopy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: name.count)
      _ = nameCopy.initialize(from: name)
      names.append(nameCopy.baseAddress!)
      let extents = UnsafeMutableBufferPointer<Int64>.allocate(capacity: tensor.extents.count)
      _ = extents.initialize(from: tensor.extents)
      self.extents.append(extents)
      var layout = tensor.layout.table
      tables.append(
        apus_state_tensor(
          name: nameCopy.baseAddress, role: tensor.role.rawValue, rank: UInt32(extents.count),
          extents: extents.baseAddress, layout: layout, byte_offset: UInt64(offset)))
      offset += Int(apus_state_stored_count(&layout)) * 4
    }
    image = AlignedBytes(byteCount: offset)
  }

  deinit {
    for name in names { name.deallocate() }
    for list in extents { list.deallocate() }
  }

  /// The row-major elements of each tensor.
  var elements: [[Float]] {
    tables.map { tensor in
      var layout = tensor.layout
      var elements = [Float](repeating: 0, count: Int(apus_state_element_count(&layout)))
      apus_state_unpack(&layout, stored(tensor), &elements)
      return elements
    }
  }

  /// Gives the elements of all tensors what `value` makes of their positions, which go on from tensor to tensor.
  func fill(_ value: (Int) -> Float) {
    var position = 0
    for tensor in tables {
      var layout = tensor.layout
      let elements = (0..<Int(apus_state_element_count(&layout))).map { value(position + $0) }
      apus_state_pack(&layout, elements, stored(tensor))
      position += elements.count
    }
  }

  private func stored(_ tensor: apus_state_tensor) -> UnsafeMutablePointer<Float>? {
    image.bytes.baseAddress.map { ($0 + Int(tensor.byte_offset)).assumingMemoryBound(to: Float.self) }
  }

  func save(to path: String, stepCount: Int64 = -1) throws {
    var hooks = apus_hooks()
    try withState { state in
      try RuntimeFailure.check { apus_state_save(&state, path, stepCount, &hooks, $0) }
    }
  }

  /// The number of steps in the file.
  func load(from path: String) throws -> Int64 {
    var hooks = apus_hooks()
    var stepCount: Int64 = -1
    try withState { state in
      try RuntimeFailure.check { apus_state_load(&state, path, &stepCount, &hooks, $0) }
    }
    return stepCount
  }

  private func withState(_ body: (inout apus_state) throws -> Void) rethrows {
    try "sample".withCString { name in
      try tables.withUnsafeBufferPointer { tables in
        var state = apus_state(
          model_name: name, tensors: tables.baseAddress, tensor_count: UInt32(tables.count),
          image: image.bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
        try body(&state)
      }
    }
  }
}
