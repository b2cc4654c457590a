import OrderedCollections

/// A safetensors file: named tensors behind a JSON header, mapped. Opening checks every field of the header, so
/// that what an entry says can be relied on.
package struct SafetensorsFile: Sendable {
  package struct Entry: Hashable, Sendable {
    package var type: SafetensorsType
    package var shape: [Int]
    /// Where the elements lie, counted from the start of the file.
    package var bytes: Range<Int>
  }

  package let file: MappedFile
  /// By tensor name, in the order of the header.
  package let entries: OrderedDictionary<String, Entry>
  package let metadata: OrderedDictionary<String, String>

  package init(path: String) throws(FileError) {
    file = try MappedFile(path: path)
    (entries, metadata) = try SafetensorsHeader.read(file)
  }

  /// The elements of a tensor as f32: in place where they are f32 already, else widened from f16 or bf16 or rounded
  /// from f64. nil where the tensor's type is none of these, or there is no such tensor.
  package func elements(of name: String) -> FloatElements? {
    guard let entry = entries[name] else { return nil }
    if entry.type == .f32 { return FloatElements(mapping: entry.bytes, of: file) }
    return file.withUnsafeBytes(in: entry.bytes) { entry.type.floats($0) }.map(FloatElements.init)
  }
}
