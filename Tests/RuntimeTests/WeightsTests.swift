import CRuntime
import CodeGen
import Testing

@Suite struct WeightsTests {
  private static let image: [UInt8] = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }

  private static func file(_ image: [UInt8]) -> [UInt8] {
    var header = apus_weights_header_of(image, UInt64(image.count))
    return withUnsafeBytes(of: &header, Array.init) + image
  }

  /// Maps the file for a model that was compiled with `image`; what was found there.
  private func map(_ bytes: [UInt8], expecting image: [UInt8] = image) throws -> [UInt8] {
    let directory = try TemporaryDirectory()
    let path = try directory.write(bytes, to: "net.weights")
    return try "net".withCString { name in
      var model = apus_model()
      model.name = name
      model.weights_byte_count = UInt64(image.count)
      model.weights_hash = apus_hash(image, UInt64(image.count))
      var mapping = apus_mapping()
      var found: UnsafeRawPointer?
      try RuntimeFailure.check { apus_weights_map(&model, path, &mapping, &found, $0) }
      defer { apus_unmap(&mapping) }
      return Array(UnsafeRawBufferPointer(start: found, count: image.count))
    }
  }

  @Test func mapsItsOwnFile() throws {
    #expect(try map(Self.file(Self.image)) == Self.image)
  }

  struct Malformed: CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var message: String
  }

  static let malformed: [Malformed] = [
    Malformed(testDescription: "empty", bytes: [], message: "0 bytes are too few"),
    Malformed(testDescription: "short", bytes: [1, 2, 3], message: "3 bytes are too few"),
    Malformed(
      testDescription: "another format", bytes: [UInt8](repeating: 65, count: 99), message: "not a weights file"),
    Malformed(testDescription: "of another model", bytes: file([1, 2, 3]), message: "are not those net was compiled"),
    Malformed(testDescription: "cut", bytes: file(image).dropLast() + [], message: "cut or extended"),
    Malformed(testDescription: "extended", bytes: file(image) + [0], message: "cut or extended"),
    Malformed(testDescription: "damaged", bytes: file(image).dropLast() + [0], message: "are damaged"),
  ]

  @Test(arguments: malformed)
  func saysWhatIsWrongWithAFile(file: Malformed) {
    let failure = #expect(throws: RuntimeFailure.self) { try map(file.bytes) }
    #expect(failure?.kind == .badWeights)
    #expect(failure?.message.contains(file.message) == true, "\(failure?.message ?? "")")
  }

  @Test func hashesTellSmallChangesApart() {
    var hashes: Set<UInt64> = []
    for count in 0..<70 {
      var bytes = [UInt8](repeating: 0, count: count)
      hashes.insert(apus_hash(bytes, UInt64(count)))
      for position in 0..<count {
        bytes[position] = 1
        hashes.insert(apus_hash(bytes, UInt64(count)))
        bytes[position] = 0
      }
    }
    #expect(hashes.count == (0..<70).map { $0 + 1 }.reduce(0, +))
  }
}
