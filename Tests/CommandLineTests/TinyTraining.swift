import Foundation

/// A network that trains in no time on pictures that are told apart by which third of them is bright; all in a
/// directory that goes with this object.
final class TinyTraining: Sendable {
  let directory: URL

  private static let source = """
    preprocessing Pictures {
      scale    = 1.0 / 255
      mean     = 0.5
      std      = 0.5
      channels = gray
    }

    recipe Short {
      epochs       = 4
      batch        = 8
      optimizer    = sgd(momentum: 0.9, weightDecay: 1e-4)
      schedule     = cosine(0.05)
      augmentation = [padAndCrop(1), mirror]
    }

    network Tiny(image: f32[N, 1, 9, 9], classes: Int = 3) -> logits using Pictures, Short {
      conv1 = conv(image, 4, kernel: 3, padding: 1)
      bn1   = batchNorm(conv1)
      fc    = linear(flatten(relu(bn1)), classes)
      return fc
    }

    """

  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "apus-train-\(UUID().uuidString)")
    let data = directory.appending(path: "data")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    try Self.source.write(to: directory.appending(path: "tiny.apus"), atomically: true, encoding: .utf8)
    try Self.write("train", count: 120, to: data)
    try Self.write("t10k", count: 30, to: data)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  func path(_ name: String) -> String { directory.appending(path: name).path }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: directory.appending(path: name)) }

  /// Runs `apus` in the directory: `train tiny.apus --data data --out out`, and what follows.
  func train(_ arguments: [String] = []) throws -> CommandLineRun {
    try CommandLineRun(arguments: Self.command + arguments, in: directory)
  }

  func apus(_ line: String) throws -> CommandLineRun {
    try CommandLineRun(arguments: line.split(separator: " ").map(String.init), in: directory)
  }

  /// The same as a process under way.
  func start(_ arguments: [String], errors: URL? = nil) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: CommandLineRun.apus)
    process.arguments = Self.command + arguments
    process.currentDirectoryURL = directory
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try errors.map { try FileHandle(forWritingTo: $0) } ?? FileHandle.nullDevice
    try process.runWithoutBlockedSignals()
    return process
  }

  private static let command = ["train", "tiny.apus", "--data", "data", "--out", "out"]

  /// Files of MNIST's form.
  private static func write(_ part: String, count: Int, to directory: URL) throws {
    func bytes(_ numbers: [Int]) -> [UInt8] {
      numbers.flatMap { number in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
    }
    let labels = (0..<count).map { UInt8($0 % 3) }
    let pixels = (0..<count).flatMap { picture in
      (0..<81).map { pixel -> UInt8 in
        let noise = (picture &* 7919 &+ pixel &* 104_729) % 97
        return UInt8(pixel / 27 == Int(labels[picture]) ? 150 + noise : noise)
      }
    }
    try Data([0, 0, 8, 3] + bytes([count, 9, 9]) + pixels).write(
      to: directory.appending(path: "\(part)-images-idx3-ubyte"))
    try Data([0, 0, 8, 1] + bytes([count]) + labels).write(
      to: directory.appending(path: "\(part)-labels-idx1-ubyte"))
  }
}
