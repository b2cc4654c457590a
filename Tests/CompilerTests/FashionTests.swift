import CodeGen
import Compiler
import Foundation
import GraphIR
import Language
import Testing

/// The trained ResNet-20 on all test pictures of Fashion-MNIST, as Debian's dataset-fashion-mnist installs them.
@Suite struct FashionTests {
  static let directory = "/usr/share/datasets/fashion-mnist"

  @Test func classifiesTheTestPictures() throws {
    let pixels = try Self.payload("t10k-images-idx3-ubyte.gz", headerByteCount: 16)
    let labels = try Self.payload("t10k-labels-idx1-ubyte.gz", headerByteCount: 8)
    try #require(pixels.count == 10_000 * 784 && labels.count == 10_000)

    let example = NetworkTests.Example(file: "cifar", network: "FashionResNet20")
    let network = try example.elaborate()
    let weights = try Weights(
      contentsOf: Examples.path("weights/fashion-resnet20.safetensors"), for: network)
    let batch = 100
    var compilation = try Compilation(network, target: Target(named: "native"), batch: batch...batch)
    let model = try compilation.model(weights: weights, threadCount: 2)
    let context = try ExecutionContext(model: model)
    var rightCount = 0
    for start in stride(from: 0, to: labels.count, by: batch) {
      let pictures = pixels[start * 784..<(start + batch) * 784].map { pixel -> Float in
        (Float(pixel) / 255 - 0.2860) / 0.3530
      }
      let logits = try context.run(batch: batch, inputs: [pictures])[0]
      for picture in 0..<batch {
        let classes = logits[picture * 10..<picture * 10 + 10]
        let best = classes.indices.max { classes[$0] < classes[$1] }.map { $0 - picture * 10 }
        if best == Int(labels[start + picture]) { rightCount += 1 }
      }
    }
    // No picture has two classes within 1e-4 of each other, so the count is the same for every right engine.
    #expect(rightCount == 9416)
  }

  private static func payload(_ name: String, headerByteCount: Int) throws -> [UInt8] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/bin/gzip")
    process.arguments = ["--decompress", "--stdout", "\(directory)/\(name)"]
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(bytes.dropFirst(headerByteCount))
  }
}
