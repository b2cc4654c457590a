import CRuntime
import CodeGen
import Foundation
import Testing

@Suite struct StateTests {
  /// A filter, its momentum, a statistic and a weight of two axes.
  private static let tensors = [
    SampleTensor("conv1.weight", [5, 3, 2, 2], APUS_WEIGHT, .init(5, 3, taps: 4, inputBlock: 2, lanes: 4)),
    SampleTensor("bn1.running_mean", [5], APUS_STATISTIC, .init(5, lanes: 4)),
    SampleTensor("fc.weight", [3, 7], APUS_WEIGHT, .init(3, 7, inputBlock: 7, lanes: 4)),
    SampleTensor("conv1.weight.momentum", [5, 3, 2, 2], APUS_MOMENTUM, .init(5, 3, taps: 4, inputBlock: 2, lanes: 4)),
    SampleTensor("fc.weight.momentum", [3, 7], APUS_MOMENTUM, .init(3, 7, inputBlock: 7, lanes: 4)),
  ]

  // MARK: Layouts

  /// Row-major places of what is stored, and -1 where there is no element, by the formula of the header.
  @Test(arguments: [
    SampleLayout(5, 3, taps: 4, inputBlock: 2, lanes: 4), SampleLayout(8, 8, taps: 9, inputBlock: 8, lanes: 8),
    SampleLayout(3, 7, inputBlock: 7, lanes: 16), SampleLayout(10, lanes: 8), SampleLayout(1, lanes: 16),
  ])
  func elementsLieAsTheLayoutSays(layout: SampleLayout) {
    var expected: [Float] = []
    for outputBlock in 0..<(layout.outputs + layout.lanes - 1) / layout.lanes {
      for inputBlock in 0..<(layout.inputs + layout.inputBlock - 1) / layout.inputBlock {
        for tap in 0..<layout.taps {
          for input in inputBlock * layout.inputBlock..<(inputBlock + 1) * layout.inputBlock {
            for output in outputBlock * layout.lanes..<(outputBlock + 1) * layout.lanes {
              let isElement = input < layout.inputs && output < layout.outputs
              expected.append(isElement ? Float((output * layout.inputs + input) * layout.taps + tap + 1) : 0)
            }
          }
        }
      }
    }
    var table = layout.table
    let elements = (1...layout.elementCount).map(Float.init)
    #expect(apus_state_element_count(&table) == elements.count)
    #expect(apus_state_stored_count(&table) == expected.count)
    var stored = [Float](repeating: .nan, count: expected.count)
    apus_state_pack(&table, elements, &stored)
    #expect(stored == expected)
    var unpacked = [Float](repeating: 0, count: elements.count)
    apus_state_unpack(&table, stored, &unpacked)
    #expect(unpacked == elements)
  }

  // MARK: Files

  @Test func aCheckpointBringsEverythingBack() throws {
    let directory = try TemporaryDirectory()
    let (saved, loaded) = (SampleState(Self.tensors), SampleState(Self.tensors))
    saved.fill { Float($0) }
    try saved.save(to: directory.path("a.safetensors"), stepCount: 1234)
    #expect(try loaded.load(from: directory.path("a.safetensors")) == 1234)
    #expect(loaded.elements == saved.elements)
    #expect(try directory.names == ["a.safetensors"])
  }

  @Test func weightsAloneBeginAnew() throws {
    let directory = try TemporaryDirectory()
    let (saved, loaded) = (SampleState(Self.tensors), SampleState(Self.tensors))
    saved.fill { Float($0) }
    loaded.fill { _ in 99 }
    try saved.save(to: directory.path("a.safetensors"))
    #expect(try loaded.load(from: directory.path("a.safetensors")) == 0)
    #expect(loaded.elements[..<3] == saved.elements[..<3])
    #expect(loaded.elements[3...].allSatisfy { $0.allSatisfy { $0 == 0 } })
  }

  /// A file as another program might write it: other order, white space, escapes, elements that are not aligned.
  @Test func filesOfOthersAreRead() throws {
    let directory = try TemporaryDirectory()
    let header = """
       { "fc.weight" : {"shape":[3, 7],"data_offsets":[ 260,344 ],"dtype":"F32"},
      "bn1.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[344,352]}, "__metadata__":{"format":"pt"},
      "bn1.r\\u0075nning_mean":{"dtype":"F\\u00332","shape":[5],"data_offsets":[240,260]},
      "conv1\\u002eweight":{"dtype":"F32","shape":[5,3,2,2],"data_offsets":[0,240]}}
      """
    let path = try directory.write(Self.file(header, elementCount: 88), to: "a.safetensors")
    let state = SampleState(Self.tensors)
    #expect(try state.load(from: path) == 0)
    #expect(state.elements[0] == (0..<60).map(Float.init))
    #expect(state.elements[1] == (60..<65).map(Float.init))
    #expect(state.elements[2] == (65..<86).map(Float.init))
  }

  private static func file(_ header: String, elementCount: Int) -> [UInt8] {
    let length = UInt64(header.utf8.count)
    let elements = (0..<elementCount).map { Float($0) }
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
      + elements.withUnsafeBytes(Array.init)
  }

  struct Hostile: CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var message: String
  }

  /// `entries` after those of a file that would be read.
  private static func hostile(_ name: String, _ entries: String, _ message: String) -> Hostile {
    Hostile(testDescription: name, bytes: file(entries, elementCount: 86), message: message)
  }

  private static func entry(_ name: String, _ shape: String, _ offsets: String, type: String = "F32") -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  private static let conv = entry("conv1.weight", "[5,3,2,2]", "[0,240]")
  private static let mean = entry("bn1.running_mean", "[5]", "[240,260]")
  private static let linear = entry("fc.weight", "[3,7]", "[260,344]")

  static let hostileFiles: [Hostile] = [
    Hostile(testDescription: "empty", bytes: [], message: "0 bytes are too few"),
    Hostile(testDescription: "huge header", bytes: [UInt8](repeating: 255, count: 9), message: "1 follow"),
    hostile("no JSON", "hello", "at byte 8"),
    hostile("nothing", "{}", "'conv1.weight' is missing, which sample has in shape [5, 3, 2, 2]"),
    hostile("unfinished", "{" + conv, "not a safetensors file"),
    hostile("something behind", "{\(conv),\(mean),\(linear)} x", "not a safetensors file"),
    hostile("a string without end", "{\"conv1", "at byte 15"),
    hostile("half a surrogate", "{\"\\ud800\":1}", "not a safetensors file"),
    hostile("a zero byte", "{\"\\u0000\":1}", "not a safetensors file"),
    hostile("missing", "{\(conv),\(mean)}", "'fc.weight' is missing"),
    hostile("unknown", "{\(entry("fc.wieght", "[3,7]", "[260,344]"))}", "sample has no 'fc.wieght'"),
    hostile("twice", "{\(conv),\(conv)}", "'conv1.weight' is there twice"),
    hostile("a field twice", "{\"fc.weight\":{\"shape\":[],\"shape\":[]}}", "not a safetensors file"),
    hostile("other shape", "{\(entry("fc.weight", "[7,3]", "[260,344]"))}", "is of shape [7, 3]; sample has [3, 7]"),
    hostile("other rank", "{\(entry("fc.weight", "[21]", "[260,344]"))}", "is of shape [21]; sample has [3, 7]"),
    hostile("too many axes", "{\(entry("fc.weight", "[1,1,1,1,1,1,1,3,7]", "[0,84]"))}", "not a safetensors file"),
    hostile("huge extent", "{\(entry("fc.weight", "[99999999999999999999]", "[0,84]"))}", "not a safetensors file"),
    hostile("negative", "{\(entry("fc.weight", "[3,-7]", "[0,84]"))}", "not a safetensors file"),
    hostile("other type", "{\(entry("fc.weight", "[3,7]", "[0,42]", type: "BF16"))}", "is of type BF16; only F32"),
    hostile("a long type", "{\(entry("fc.weight", "[3,7]", "[0,42]", type: "F32F32F32"))}", "only F32"),
    hostile("backwards", "{\(entry("fc.weight", "[3,7]", "[84,0]"))}", "cut or damaged"),
    hostile("too short", "{\(entry("fc.weight", "[3,7]", "[0,80]"))}", "cut or damaged"),
    hostile("beyond the end", "{\(entry("fc.weight", "[3,7]", "[264,348]"))}", "cut or damaged"),
    hostile(
      "far beyond", "{\(entry("fc.weight", "[3,7]", "[9223372036854775700,9223372036854775784]"))}", "cut or damaged"),
    hostile(
      "no number of steps", "{\"__metadata__\":{\"step\":\"-3\"}}", "the number of steps in its metadata is '-3'"),
    hostile(
      "half of the momentum",
      "{\(conv),\(mean),\(linear),\(entry("fc.weight.momentum", "[3,7]", "[0,84]"))}",
      "'conv1.weight.momentum' is missing"),
  ]

  @Test(arguments: hostileFiles)
  func aFileThatDoesNotFitChangesNothing(file: Hostile) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(file.bytes, to: "a.safetensors")
    let state = SampleState(Self.tensors)
    state.fill { Float($0) + 0.5 }
    let before = state.elements
    let failure = #expect(throws: RuntimeFailure.self) { try state.load(from: path) }
    #expect(failure?.kind == .badFile)
    #expect(failure?.message.hasPrefix("\(path): ") == true)
    #expect(failure?.message.contains(file.message) == true, "\(failure?.message ?? "")")
    #expect(state.elements == before)
  }

  @Test func whatCannotBeWrittenIsLeftAlone() throws {
    let directory = try TemporaryDirectory()
    let state = SampleState(Self.tensors)
    for (path, reason) in [
      (directory.path("none/a"), "No such file or directory"), (directory.url.path, "not a regular file"),
      ("/dev/null", "not a regular file"), (String(repeating: "a/", count: 3000), "File name too long"),
    ] {
      let failure = #expect(throws: RuntimeFailure.self) { try state.save(to: path) }
      #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "")")
    }
    #expect(try directory.names == [])
  }

  @Test func aLinkIsFollowedAndPermissionsAreKept() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("old", to: "real")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    try FileManager.default.createSymbolicLink(atPath: directory.path("link"), withDestinationPath: "real")
    let state = SampleState(Self.tensors)
    try state.save(to: directory.path("link"))
    #expect(try directory.names == ["link", "real"])
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    #expect(try state.load(from: path) == 0)
  }
}
