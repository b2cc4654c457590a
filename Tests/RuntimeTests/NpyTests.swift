import CRuntime
import CodeGen
import Testing

@Suite struct NpyTests {
  private func read(_ bytes: [UInt8]) throws -> (extents: [Int64], elements: [Float]) {
    let directory = try TemporaryDirectory()
    return try read(path: directory.write(bytes, to: "x.npy"))
  }

  private func read(path: String) throws -> (extents: [Int64], elements: [Float]) {
    var array = apus_array()
    try RuntimeFailure.check { apus_npy_read(path, &array, $0) }
    defer { apus_array_free(&array) }
    let extents = withUnsafeBytes(of: array.extents) { $0.bindMemory(to: Int64.self).prefix(Int(array.rank)) + [] }
    return (extents, Array(UnsafeBufferPointer(start: array.elements, count: Int(array.element_count))))
  }

  private static func header(
    _ type: String = "<f4", order: String = "False", shape: String = "(2, 3)"
  ) -> String { "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }" }

  private static let six: [Float] = [1, -2, 3.5, 0, 5, 6]

  static let headers: [(String, [Int64])] = [
    (header(), [2, 3]),
    (header(shape: "(2, 3,)"), [2, 3]),
    (header(shape: "(6,)"), [6]),
    (header(shape: "(6)"), [6]),
    (header(shape: "( 1,2 , 3 )") + "  \n", [1, 2, 3]),
    ("{\"shape\":(2,3),\"descr\":\"<f4\",\"fortran_order\":False}", [2, 3]),
  ]

  @Test(arguments: headers)
  func readsWhatNumPyWrites(header: String, extents: [Int64]) throws {
    for major: UInt8 in [1, 2] {
      let array = try read(NpyFile.bytes(header: header, data: NpyFile.littleEndian(Self.six), major: major))
      #expect(array.extents == extents)
      #expect(array.elements == Self.six)
    }
  }

  @Test func readsScalarsEmptyArraysAndDoubles() throws {
    let scalar = try read(NpyFile.bytes(header: Self.header(shape: "()"), data: NpyFile.littleEndian([Float(7)])))
    #expect(scalar.extents == [] && scalar.elements == [7])
    let empty = try read(NpyFile.bytes(header: Self.header(shape: "(0, 3)"), data: []))
    #expect(empty.extents == [0, 3] && empty.elements == [])
    // More than one piece of the conversion from f64.
    let doubles = (0..<5000).map { Double($0) * 0.1 }
    let long = try read(
      NpyFile.bytes(header: Self.header("<f8", shape: "(5000,)"), data: NpyFile.littleEndian(doubles)))
    #expect(long.elements == doubles.map(Float.init))
  }

  private func readIntegers(_ type: String, _ data: [UInt8], shape: String) throws -> [Int32] {
    let directory = try TemporaryDirectory()
    let path = try directory.write(NpyFile.bytes(header: Self.header(type, shape: shape), data: data), to: "y.npy")
    var array = apus_integers()
    try RuntimeFailure.check { apus_npy_read_integers(path, &array, $0) }
    defer { apus_integers_free(&array) }
    return Array(UnsafeBufferPointer(start: array.elements, count: Int(array.element_count)))
  }

  @Test func readsIntegers() throws {
    let narrow: [Int32] = [0, -1, .max, .min]
    #expect(try readIntegers("<i4", NpyFile.littleEndian(narrow), shape: "(4,)") == narrow)
    let wide = (0..<5000).map { Int64($0) * -3 }
    #expect(try readIntegers("<i8", NpyFile.littleEndian(wide), shape: "(5000,)") == wide.map(Int32.init))
  }

  @Test(arguments: [
    ("<f4", [UInt8](repeating: 0, count: 4), "'<i4' (or '<i8') is expected: save it with array.astype('<i4')"),
    ("<i8", NpyFile.littleEndian([Int64(1) << 31]), "element 0 is 2147483648, which does not fit 32 bits"),
    ("<i8", NpyFile.littleEndian([Int64.min]), "element 0 is -9223372036854775808, which does not fit 32 bits"),
    ("<i4", [0, 0, 0], "its header promises 1 elements of 4 bytes"),
  ])
  func saysWhatIsWrongWithIntegers(type: String, data: [UInt8], message: String) {
    let failure = #expect(throws: RuntimeFailure.self) { try readIntegers(type, data, shape: "(1,)") }
    #expect(failure?.kind == .badFile)
    #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
  }

  struct Malformed: CustomTestStringConvertible {
    var bytes: [UInt8]
    var message: String

    var testDescription: String { message }

    init(_ bytes: [UInt8], _ message: String) {
      self.bytes = bytes
      self.message = message
    }

    init(header: String, data byteCount: Int = 0, major: UInt8 = 1, _ message: String) {
      self.init(NpyFile.bytes(header: header, data: [UInt8](repeating: 0, count: byteCount), major: major), message)
    }
  }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  static let malformed: [Malformed] = [
    Malformed([], "ends early"),
    Malformed(Array("PK\u{3}\u{4}not an array".utf8), "not an .npy file"),
    Malformed(header: header(), major: 3, ".npy version 3"),
    Malformed(header: "", "'{' was expected"),
    Malformed(header: header(">f4"), "elements of type '>f4'"),
    Malformed(header: header("<i8"), "array.astype('<f4')"),
    Malformed(header: header(String(repeating: "a", count: 99)), "a string for 'descr'"),
    Malformed(header: header(order: "True"), "Fortran order"),
    Malformed(header: header(order: "Maybe"), "False or True"),
    Malformed(header: header(shape: "(-1, 3)"), "an extent of 'shape'"),
    Malformed(header: header(shape: "(2 3)"), "',' or ')'"),
    Malformed(header: header(shape: "(99999999999999999999,)"), "fits 64 bits"),
    Malformed(header: header(shape: "(4294967296, 4294967296)"), "fits 64 bits"),
    Malformed(header: header(shape: "(4611686018427387904,)"), "its header promises"),
    Malformed(header: header(shape: "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), "more than 8 axes"),
    Malformed(header: "{'descr': '<f4', 'shape': (1,)}", "each of"),
    Malformed(header: "{'descr': '<f4', 'descr': '<f4'}", "each of"),
    Malformed(header: "{'other': 1}", "each of"),
    Malformed(header: header() + "x", "nothing after"),
    Malformed(header: "{'descr", "a key"),
    Malformed(header: header(), data: 23, "its header promises 6 elements"),
    Malformed(header: header(), data: 25, "its header promises 6 elements"),
    Malformed(magic + [2, 0, 255, 255, 255, 255], "a header of 4294967295 bytes"),
    Malformed(magic + [1, 0, 255, 255], "ends early"),
  ]

  @Test(arguments: malformed)
  func saysWhatIsWrongWithAFile(file: Malformed) {
    let failure = #expect(throws: RuntimeFailure.self) { try read(file.bytes) }
    #expect(failure?.kind == .badFile)
    #expect(failure?.message.contains(file.message) == true, "\(failure?.message ?? "")")
  }

  @Test(arguments: [("/", "not a regular file"), ("/dev/zero", "not a regular file"), ("/none", "No such file")])
  func refusesWhatIsNotAFile(path: String, message: String) {
    let failure = #expect(throws: RuntimeFailure.self) { try read(path: path) }
    #expect(failure?.message.contains(message) == true)
  }

  @Test(arguments: [([2, 3], "(2, 3), }"), ([6], "(6,), }"), ([1, 2, 3, 1], "(1, 2, 3, 1), }"), ([], "(), }")])
  func writesWhatItReads(shape: [Int], text: String) throws {
    let directory = try TemporaryDirectory()
    let count = shape.reduce(1, *)
    var elements = Array(Self.six.prefix(count))
    var array = apus_array()
    array.rank = UInt32(shape.count)
    withUnsafeMutableBytes(of: &array.extents) { $0.copyBytes(from: NpyFile.littleEndian(shape)) }
    array.element_count = Int64(count)
    try elements.withUnsafeMutableBufferPointer { buffer in
      array.elements = buffer.baseAddress
      try RuntimeFailure.check { apus_npy_write(directory.path("y.npy"), &array, $0) }
    }
    #expect(try directory.names == ["y.npy"])
    let written = try NpyFile.read(directory.path("y.npy"))
    #expect(written.header.contains(text) && written.header.hasSuffix("\n"))
    #expect((10 + written.header.utf8.count).isMultiple(of: 64))
    let reread = try read(path: directory.path("y.npy"))
    #expect(reread.extents == shape.map(Int64.init) && reread.elements == elements)
  }

  @Test func leavesNothingBehindWhereItCannotWrite() throws {
    var array = apus_array()
    let failure = #expect(throws: RuntimeFailure.self) {
      try RuntimeFailure.check { apus_npy_write("/none/y.npy", &array, $0) }
    }
    #expect(failure?.message.contains("/none/y.npy cannot be written") == true)
  }
}
