import Formats
import Foundation
import Testing

@Suite struct SafetensorsTests {
  /// The bytes of a file with the given header and as many zero bytes behind it.
  private func file(_ header: String, dataByteCount: Int) -> [UInt8] {
    length(header.utf8.count) + Array(header.utf8) + [UInt8](repeating: 0, count: dataByteCount)
  }

  private func length(_ count: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } }

  private func check(
    _ bytes: [UInt8], fails message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try withTemporaryFile(bytes) { path in
      let error = #expect(throws: FileError.self, sourceLocation: sourceLocation) {
        try SafetensorsFile(path: path)
      }
      #expect(error?.path == path, sourceLocation: sourceLocation)
      #expect(error?.message == message, sourceLocation: sourceLocation)
    }
  }

  @Test func whatIsWrittenReadsBack() throws {
    try withTemporaryFile([1, 2, 3]) { path in
      try SafetensorsWriter.write(
        [
          "b.weight": .init(shape: [2, 3], elements: FloatElements([1, 2, 3, 4, 5, .infinity])),
          "empty": .init(shape: [0, 7], elements: FloatElements([])),
          "scalar": .init(shape: [], elements: FloatElements([-0.5])),
          "doubles": .init(shape: [2], doubles: [0.1, -0x1p-1022]),
        ],
        metadata: ["format": "pt"], to: path)
      let file = try SafetensorsFile(path: path)
      #expect(Array(file.entries.keys) == ["b.weight", "empty", "scalar", "doubles"])
      #expect(file.entries.values.map(\.shape) == [[2, 3], [0, 7], [], [2]])
      #expect(file.metadata == ["format": "pt"])
      #expect(file.elements(of: "b.weight")?.floats == [1, 2, 3, 4, 5, .infinity])
      #expect(file.elements(of: "b.weight")?.isMapped == true)
      #expect(file.elements(of: "empty")?.floats == [])
      #expect(file.elements(of: "scalar")?.floats == [-0.5])
      #expect(file.entries["doubles"]?.type == .f64)
      #expect(file.elements(of: "doubles")?.floats == [0.1, 0])
      #expect(file.elements(of: "other")?.floats == nil)
      let directory = (path as NSString).deletingLastPathComponent
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["file"])
    }
  }

  @Test func aFailedWriteLeavesNothingBehind() throws {
    let error = #expect(throws: FileError.self) {
      try SafetensorsWriter.write([:], to: "/nonexistent-directory/file")
    }
    #expect(error?.message == "cannot be written: no such file or directory")
  }

  @Test(
    arguments: [
      ("F64", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], [1.5]),
      ("F32", [0, 0, 0xC0, 0x3F], [1.5]),
      ("BF16", [0xC0, 0x3F, 0x80, 0x7F], [1.5, .infinity]),
      ("F16", [0x00, 0x3E, 0x00, 0xFC, 0x01, 0x80, 0xFF, 0x7B], [1.5, -.infinity, -0x1p-24, 65504]),
    ] as [(String, [UInt8], [Float])])
  func elementsAreWidened(_ type: String, _ bytes: [UInt8], _ expected: [Float]) throws {
    let header = #"{"a":{"dtype":"\#(type)","shape":[\#(expected.count)],"data_offsets":[0,\#(bytes.count)]}}"#
    try withTemporaryFile(file(header, dataByteCount: 0) + bytes) { path in
      let elements = try SafetensorsFile(path: path).elements(of: "a")
      #expect(elements?.floats == expected)
    }
  }

  @Test func halfNaNStaysNaN() throws {
    let header = #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#
    try withTemporaryFile(file(header, dataByteCount: 0) + [0x00, 0x7E]) { path in
      let elements = try SafetensorsFile(path: path).elements(of: "a")
      #expect(elements?.floats.first?.isNaN == true)
    }
  }

  @Test func misalignedElementsAreCopied() throws {
    // The header's length is odd, so that the elements cannot be read in place.
    let header = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let padded = header + String(repeating: " ", count: header.utf8.count.isMultiple(of: 2) ? 1 : 2)
    try withTemporaryFile(file(padded, dataByteCount: 0) + [0, 0, 0x80, 0x3F]) { path in
      let elements = try SafetensorsFile(path: path).elements(of: "a")
      #expect(elements?.floats == [1])
      #expect(elements?.isMapped == false)
    }
  }

  @Test func integersAreListedButNotReadAsFloats() throws {
    let header = #"{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}"#
    try withTemporaryFile(file(header, dataByteCount: 8)) { path in
      let file = try SafetensorsFile(path: path)
      #expect(file.entries["n"]?.type == .i64)
      #expect(file.elements(of: "n")?.floats == nil)
    }
  }

  @Test(arguments: [
    ("[]", 0, "expected the header to be a JSON object, found an array"),
    ("{", 0, "the header is not valid JSON: expected '\"' at byte 9"),
    (#"{"a":1}"#, 0, "tensor 'a': expected an object, found an integer"),
    (#"{"a":[[[[[0]]]]]}"#, 0, "the header is not valid JSON: nested deeper than 4 levels at byte 16"),
    (#"{"__metadata__":1}"#, 0, "expected '__metadata__' to be an object, found an integer"),
    (#"{"__metadata__":{"k":1}}"#, 0, "expected the metadata 'k' to be a string, found an integer"),
    (#"{"a":{"x":1}}"#, 0, "tensor 'a': unknown field 'x'"),
    (#"{"a":{"shape":[],"data_offsets":[0,4]}}"#, 4, "tensor 'a': expected 'dtype' to be a string, found nothing"),
    (
      #"{"a":{"dtype":"F31","shape":[],"data_offsets":[0,4]}}"#, 4,
      "tensor 'a': unknown dtype 'F31'; the format has BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, F16, BF16, I32, U32, "
        + "F32, I64, U64, F64"
    ),
    (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, 4, "tensor 'a': expected 'shape' to be a list, found nothing"),
    (
      #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4,
      "tensor 'a': expected 'shape' to hold integers from 0 on, found -1"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4,
      "tensor 'a': expected 'shape' to hold integers from 0 on, found 1.0"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4,
      "tensor 'a': expected 'data_offsets' to be a start and an end, found [4, 0]"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4,
      "tensor 'a': expected 'data_offsets' to be a start and an end, found [0]"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4,
      "tensor 'a': its data ends at byte 8, and only 4 follow the header: the file is cut short or damaged"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4,
      "tensor 'a': shape [2] of F32 needs 8 bytes, and its offsets give 4"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4,
      "tensor 'a': the size of shape [4611686018427387904, 4] overflows"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      8, "tensors 'a' and 'b' overlap"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      8, "the header is not valid JSON: key 'a' comes twice at byte 62"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "4 bytes before tensor 'a' belong to no tensor"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "4 bytes at the end belong to no tensor"),
  ])
  func malformedHeadersAreRefused(_ header: String, _ dataByteCount: Int, _ message: String) throws {
    try check(file(header, dataByteCount: dataByteCount), fails: message)
  }

  @Test func aFileOfAnotherKindIsRefused() throws {
    try check([], fails: "not a safetensors file: 0 bytes are too few for the header's length")
    try check(
      Array("PK\u{3}\u{4}\0\0\u{8}\u{8}".utf8),
      fails: "not a safetensors file but likely one of PyTorch's own; write it with "
        + "safetensors.torch.save_file(model.state_dict(), …)")
    try check(
      length(100_000_001),
      fails: "not a safetensors file: it claims a header of 100000001 bytes, and 100000000 is the most")
    try check(
      [UInt8](repeating: 0xFF, count: 8),
      fails: "not a safetensors file: it claims a header of 18446744073709551615 bytes, and 100000000 is the most")
    try check(
      length(10) + [0x7B],
      fails: "the file is cut short, or not a safetensors file: its header should have 10 bytes, and 1 follow")
  }

  @Test func whatIsNoRegularFileIsRefused() throws {
    try withTemporaryFile { path in
      let pipe = path + ".pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      let cases = [
        (pipe, "it is not a regular file"),
        ((path as NSString).deletingLastPathComponent, "it is a directory, not a file"),
        (path + ".none", "no such file or directory"),
      ]
      for (path, message) in cases {
        let error = #expect(throws: FileError.self) { try SafetensorsFile(path: path) }
        #expect(error?.message == message)
      }
    }
  }

  /// Bytes changed at random never trap: they are refused, or they read as tensors of the sizes that they say.
  @Test func damagedFilesNeverTrap() throws {
    let header =
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]}}"#
    let whole = file(header, dataByteCount: 12)
    var state: UInt64 = 7
    for _ in 0..<500 {
      var damaged = whole
      for _ in 0..<2 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        damaged[Int(state >> 33) % damaged.count] = UInt8(truncatingIfNeeded: state >> 25)
      }
      try withTemporaryFile(damaged) { path in
        guard let file = try? SafetensorsFile(path: path) else { return }
        for (name, entry) in file.entries {
          guard let elements = file.elements(of: name) else { continue }
          #expect(elements.floats.count == entry.shape.reduce(1, *))
        }
      }
    }
  }
}
