import OrderedCollections

/// Reads and checks the header of a safetensors file: eight bytes with its length, then a JSON object of entries
/// `{"dtype", "shape", "data_offsets"}`, whose offsets count from the end of the header.
struct SafetensorsHeader {
  /// The format's own limit on the header.
  static let maximumByteCount = 100_000_000
  /// The key of the header that is no tensor.
  private static let metadataKey = "__metadata__"

  private let path: String
  /// The bytes of the file behind the header.
  private let data: Range<Int>

  static func read(
    _ file: MappedFile
  ) throws(FileError) -> (OrderedDictionary<String, SafetensorsFile.Entry>, OrderedDictionary<String, String>) {
    let headerEnd = try headerEnd(of: file)
    let members = try object(file, headerBytes: 8..<headerEnd)
    let header = SafetensorsHeader(path: file.path, data: headerEnd..<file.byteCount)
    var entries: OrderedDictionary<String, SafetensorsFile.Entry> = [:]
    var metadata: OrderedDictionary<String, String> = [:]
    for (name, value) in members {
      if name == metadataKey {
        metadata = try header.metadata(value)
      } else {
        entries[name] = try header.entry(name, value)
      }
    }
    try header.checkCover(entries)
    return (entries, metadata)
  }

  private static func headerEnd(of file: MappedFile) throws(FileError) -> Int {
    guard file.byteCount >= 8 else {
      throw FileError(file.path, "not a safetensors file: \(file.byteCount) bytes are too few for the header's length")
    }
    let length = file.withUnsafeBytes(in: 0..<8) { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= UInt64(maximumByteCount) else {
      // PyTorch's own format is a ZIP archive or, before version 1.6, a pickle; read as a length, both are too large.
      let start = file.withUnsafeBytes(in: 0..<2) { Array($0) }
      guard start != Array("PK".utf8), start != [0x80, 0x02] else {
        throw FileError(
          file.path,
          "not a safetensors file but likely one of PyTorch's own; write it with "
            + "safetensors.torch.save_file(model.state_dict(), …)")
      }
      throw FileError(
        file.path, "not a safetensors file: it claims a header of \(length) bytes, and \(maximumByteCount) is the most")
    }
    guard Int(length) <= file.byteCount - 8 else {
      throw FileError(
        file.path,
        "the file is cut short, or not a safetensors file: its header should have \(length) bytes, and "
          + "\(file.byteCount - 8) follow")
    }
    return 8 + Int(length)
  }

  private static func object(
    _ file: MappedFile, headerBytes: Range<Int>
  ) throws(FileError) -> OrderedDictionary<String, JSONValue> {
    let value: JSONValue
    do throws(JSONError) {
      // A header needs three levels: the object, an entry, a list in it.
      value = try JSONReader.read(file.bytes(in: headerBytes), maximumDepth: 4)
    } catch {
      throw FileError(file.path, "the header is not valid JSON: \(error.message) at byte \(8 + error.byteOffset)")
    }
    guard case .object(let members) = value else {
      throw FileError(file.path, "expected the header to be a JSON object, found \(value.kind)")
    }
    return members
  }

  private func metadata(_ value: JSONValue) throws(FileError) -> OrderedDictionary<String, String> {
    guard case .object(let members) = value else {
      throw FileError(path, "expected '\(Self.metadataKey)' to be an object, found \(value.kind)")
    }
    var metadata: OrderedDictionary<String, String> = [:]
    for (key, value) in members {
      guard case .string(let text) = value else {
        throw FileError(path, "expected the metadata '\(key)' to be a string, found \(value.kind)")
      }
      metadata[key] = text
    }
    return metadata
  }

  private func entry(_ name: String, _ value: JSONValue) throws(FileError) -> SafetensorsFile.Entry {
    guard case .object(let members) = value else {
      throw FileError(path, "tensor '\(name)': expected an object, found \(value.kind)")
    }
    for key in members.keys where !["dtype", "shape", "data_offsets"].contains(key) {
      throw FileError(path, "tensor '\(name)': unknown field '\(key)'")
    }
    let type = try type(name, members["dtype"])
    let shape = try integers(name, "shape", members["shape"])
    let offsets = try integers(name, "data_offsets", members["data_offsets"])
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw FileError(path, "tensor '\(name)': expected 'data_offsets' to be a start and an end, found \(offsets)")
    }
    guard offsets[1] <= data.count else {
      throw FileError(
        path,
        "tensor '\(name)': its data ends at byte \(offsets[1]), and only \(data.count) follow the header: "
          + "the file is cut short or damaged")
    }
    guard let needed = byteCount(type, shape) else {
      throw FileError(path, "tensor '\(name)': the size of shape \(shape) overflows")
    }
    guard needed == offsets[1] - offsets[0] else {
      throw FileError(
        path,
        "tensor '\(name)': shape \(shape) of \(type.rawValue) needs \(needed) bytes, and its offsets give "
          + "\(offsets[1] - offsets[0])")
    }
    return .init(type: type, shape: shape, bytes: data.lowerBound + offsets[0]..<data.lowerBound + offsets[1])
  }

  private func type(_ name: String, _ value: JSONValue?) throws(FileError) -> SafetensorsType {
    guard case .string(let word) = value else {
      throw FileError(path, "tensor '\(name)': expected 'dtype' to be a string, found \(value?.kind ?? "nothing")")
    }
    guard let type = SafetensorsType(rawValue: word) else {
      let known = SafetensorsType.allCases.map(\.rawValue).joined(separator: ", ")
      throw FileError(path, "tensor '\(name)': unknown dtype '\(word)'; the format has \(known)")
    }
    return type
  }

  private func integers(_ name: String, _ field: String, _ value: JSONValue?) throws(FileError) -> [Int] {
    guard case .array(let elements) = value else {
      throw FileError(path, "tensor '\(name)': expected '\(field)' to be a list, found \(value?.kind ?? "nothing")")
    }
    var integers: [Int] = []
    for element in elements {
      guard case .integer(let integer) = element, integer >= 0 else {
        throw FileError(path, "tensor '\(name)': expected '\(field)' to hold integers from 0 on, found \(element.text)")
      }
      integers.append(integer)
    }
    return integers
  }

  /// nil where it overflows.
  private func byteCount(_ type: SafetensorsType, _ shape: [Int]) -> Int? {
    // A zero anywhere makes an empty tensor, whatever the other extents are.
    if shape.contains(0) { return 0 }
    var product = type.byteCount
    for extent in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      product = next
    }
    return product
  }

  /// The format wants every byte behind the header to belong to exactly one tensor.
  private func checkCover(_ entries: OrderedDictionary<String, SafetensorsFile.Entry>) throws(FileError) {
    let inFileOrder = entries.sorted {
      ($0.value.bytes.lowerBound, $0.value.bytes.upperBound) < ($1.value.bytes.lowerBound, $1.value.bytes.upperBound)
    }
    var end = data.lowerBound
    var previous: String?
    for (name, entry) in inFileOrder {
      if entry.bytes.lowerBound < end, let previous {
        throw FileError(path, "tensors '\(previous)' and '\(name)' overlap")
      }
      guard entry.bytes.lowerBound == end else {
        throw FileError(path, "\(entry.bytes.lowerBound - end) bytes before tensor '\(name)' belong to no tensor")
      }
      end = entry.bytes.upperBound
      previous = name
    }
    guard end == data.upperBound else {
      throw FileError(path, "\(data.upperBound - end) bytes at the end belong to no tensor")
    }
  }
}
