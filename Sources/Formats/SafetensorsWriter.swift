import OrderedCollections

/// Writes safetensors files of f32 tensors.
package enum SafetensorsWriter {
  package struct Tensor: Sendable {
    package var shape: [Int]
    package var elements: FloatElements

    package init(shape: [Int], elements: FloatElements) {
      precondition(shape.reduce(1, *) == elements.count, "element count does not match \(shape)")
      self.shape = shape
      self.elements = elements
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
      for tensor in tensors.values {
        try tensor.elements.withUnsafeElements { elements throws(FileError) in
          try file.append(UnsafeRawBufferPointer(elements))
        }
      }
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
      let end = offset + tensor.elements.count * MemoryLayout<Float>.size
      members[name] = .object([
        "dtype": .string(SafetensorsType.f32.rawValue),
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
