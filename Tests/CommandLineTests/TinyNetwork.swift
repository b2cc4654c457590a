import Foundation

/// A directory with a network that compiles in no time; the directory goes with this object.
final class TinyNetwork: Sendable {
  let directory: URL

  static let source = """
    preprocessing Pictures {
      resize   = 8
      crop     = 8
      scale    = 1.0 / 255
      channels = gray
    }

    labels Classes = ["ant", "bee", "cat"]

    network Tiny(image: f32[N, 1, 8, 8], width: Int = 4) -> logits using Pictures, Classes {
      conv1 = conv(image, width, kernel: 3, padding: 1)
      fc    = linear(globalAveragePool(relu(conv1)), 3)
      return fc
    }

    network int = Tiny()

    """

  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "apus-cli-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try Self.source.write(to: directory.appending(path: "tiny.apus"), atomically: true, encoding: .utf8)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  func path(_ name: String) -> String { directory.appending(path: name).path }

  /// What is in the directory, in order.
  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() } }

  /// Runs `apus` in the directory.
  func apus(_ arguments: [String], environment: [String: String]? = nil, outputPath: String? = nil) throws
    -> CommandLineRun
  {
    try CommandLineRun(arguments: arguments, in: directory, environment: environment, outputPath: outputPath)
  }

  /// Runs `apus` with a command on the network, its weights drawn.
  func apus(_ command: String, _ arguments: String...) throws -> CommandLineRun {
    try apus([command, "tiny.apus", "--network", "Tiny", "--seed", "1"] + arguments)
  }

  /// An .npy file of zeros.
  func writeArray(_ name: String, shape: [Int], elementCount: Int? = nil) throws {
    let zeros = [Float](repeating: 0, count: elementCount ?? shape.reduce(1, *))
    try writeArray(name, type: "<f4", shape: shape, zeros)
  }

  /// An .npy file of elements of the type that NumPy calls `type`.
  func writeArray<Element>(_ name: String, type: String, shape: [Int], _ elements: [Element]) throws {
    let tuple = shape.map { "\($0)," }.joined(separator: " ")
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(tuple)), }\n"
    let bytes =
      Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(header.utf8.count), 0]) + Data(header.utf8)
      + elements.withUnsafeBytes { Data($0) }
    try bytes.write(to: directory.appending(path: name))
  }
}

/// The tiny network as an executable, compiled with more arguments.
func withTinyExecutable(arguments: [String] = [], _ body: (String) throws -> Void) throws {
  let network = try TinyNetwork()
  let run = try network.apus(
    ["compile", "tiny.apus", "--network", "Tiny", "--seed", "1", "-o", "tiny"] + arguments)
  guard run.exitCode == 0 else { throw CompilationFailure(message: run.errors) }
  try body(network.path("tiny"))
}

private struct CompilationFailure: Error {
  var message: String
}
