import OrderedCollections

/// Writes safetensors files of f32 and f64 tensors.
package enum SafetensorsWriter {
  package struct Tensor: Sendable {
    fileprivate enum Content: Sendable {
      case floats(FloatElements)
      case doubles([Double])
    }

    package let shape: [Int]
    fileprivate let content: Content

    package init(shape: [Int], elements: FloatElements) {
      precondition(shape.reduce(1, *) == elements.count, "element count does not match \(shape)")
      self.shape = shape
      content = .floats(elements)
    }

    package init(shape: [Int], doubles: [Double]) {
      precondition(shape.reduce(1, *) == doubles.count, "element count does not match \(shape)")
      self.shape = shape
      content = .doubles(doubles)
    }

    /// The elements as f32.
    package var elements: FloatElements {
      switch content {
      case .floats(let elements): elements
      case .doubles(let elements): FloatElements(elements.map(Float.init))
      }
    }
  }

  /// Writes `tensors` to `path`, which is replaced only once the new file is whole and on the disk.
  package static func write(
    _ tensors: OrderedDictionary<String, Tensor>, metadata: OrderedDictionary<String, String> = [:],
    to path: String
  ) throws(FileError) {
    let header = header(of: tensors, metadata: metadata)
    try AtomicFile.write(to: path) { file throws(FileError) in
      try file.append(header)
      for tensor in tensors.values { try tensor.content.append(to: file) }
    }
  }

  /// The header with its length before it, padded with spaces so that the elements behind it are aligned to eight
  /// bytes.
  private static func header(
    of tensors: OrderedDictionary<String, Tensor>, metadata: OrderedDictionary<String, String>
  ) -> [UInt8] {
    var members: OrderedDictionary<String, JSONValue> = [:]
    if !metadata.isEmpty { members["__metadata__"] = .object(metadata.mapValues { .string($0) }) }
    var offset = 0
    for (name, tensor) in tensors {
      let type = tensor.content.type
      let end = offset + tensor.shape.reduce(1, *) * type.byteCount
      members[name] = .object([
        "dtype": .string(type.rawValue),
        "shape": .array(tensor.shape.map { .integer($0) }),
        "data_offsets": .array([.integer(offset), .integer(end)]),
      ])
      offset = end
    }
    var bytes = Array(JSONValue.object(members).text.utf8)
    while !bytes.count.isMultiple(of: 8) { bytes.append(UInt8(ascii: " ")) }
    let length = UInt64(bytes.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + bytes
  }
}

extension SafetensorsWriter.Tensor.Content {
  fileprivate var type: SafetensorsType {
    switch self {
    case .floats: .f32
    case .doubles: .f64
    }
  }

  fileprivate func append(to file: borrowing AtomicFile) throws(FileError) {
    switch self {
    case .floats(let elements):
      try elements.withUnsafeElements { elements throws(FileError) in
        try file.append(UnsafeRawBufferPointer(elements))
      }
    case .doubles(let elements):
      try elements.withUnsafeBufferPointer { elements throws(FileError) in
        try file.append(UnsafeRawBufferPointer(elements))
      }
    }
  }
}
