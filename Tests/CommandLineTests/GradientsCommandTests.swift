import Foundation
import Testing

/// `apus gradients`: what it writes, and what it says of faults.
@Suite struct GradientsCommandTests {
  private static let source = """
    recipe Plain {
      epochs    = 1
      batch     = 2
      optimizer = sgd(momentum: 0.9)
      schedule  = constant(0.1)
      loss      = crossEntropy(auxiliary: [0.3])
    }

    network Net(image: f32[N, 2, 6, 6]) -> logits, aux using Plain {
      conv1 = conv(image, 4, kernel: 3, padding: 1)
      bn1   = batchNorm(conv1)
      fc    = linear(dropout(globalAveragePool(relu(bn1))), 3)
      head  = if training { linear(globalAveragePool(bn1), 3) }
      return fc, head
    }

    """

  /// Beside the network: images and labels of several kinds.
  private func makeNetwork() throws -> TinyNetwork {
    let network = try TinyNetwork()
    try Self.source.write(to: network.directory.appending(path: "net.apus"), atomically: true, encoding: .utf8)
    let images: [Float] = (0..<5 * 72).map { index in Float(index * 37 % 101) / 50 - 1 }
    try network.writeArray("x.npy", type: "<f4", shape: [5, 2, 6, 6], images)
    try network.writeArray("wide.npy", type: "<f4", shape: [5, 2, 6, 7], [Float](repeating: 0, count: 420))
    try network.writeArray("none.npy", type: "<f4", shape: [0, 2, 6, 6], [Float]())
    try network.writeArray("y.npy", type: "<i8", shape: [5], [0, 1, 2, 1, 0] as [Int64])
    try network.writeArray("narrow.npy", type: "<i4", shape: [5], [0, 1, 2, 1, 0] as [Int32])
    try network.writeArray("four.npy", type: "<i4", shape: [4], [0, 1, 2, 1] as [Int32])
    try network.writeArray("outside.npy", type: "<i4", shape: [5], [0, 1, 2, 3, 0] as [Int32])
    try network.writeArray("negative.npy", type: "<i4", shape: [5], [-1, 1, 2, 3, 0] as [Int32])
    return network
  }

  private static let parameters = [
    "conv1.weight", "bn1.weight", "bn1.bias", "fc.weight", "fc.bias", "head.weight", "head.bias",
  ]

  @Test func writesGradientsByName() throws {
    let network = try makeNetwork()
    let run = try network.apus(
      "gradients net.apus --seed 1 --input x.npy --labels y.npy --reference -o g.safetensors".words)
    #expect(run.exitCode == 0 && run.output == "" && run.errors == "", "\(run.errors)")
    let tensors = try SafetensorsHeader(path: network.path("g.safetensors"))
    let names = Self.parameters + ["loss", "logits", "input", "bn1.running_mean", "bn1.running_var"]
    #expect(Set(tensors.shapes.keys) == Set(names))
    #expect(tensors.shapes["loss"] == [] && tensors.shapes["logits"] == [5, 3])
    #expect(tensors.shapes["input"] == [5, 2, 6, 6] && tensors.shapes["conv1.weight"] == [4, 2, 3, 3])
    #expect(tensors.types == ["F64"])

    let compiled = try network.apus("gradients net.apus --seed 1 --input x.npy --labels y.npy -o c.safetensors".words)
    #expect(compiled.exitCode == 0 && compiled.errors == "", "\(compiled.errors)")
    let found = try SafetensorsHeader(path: network.path("c.safetensors"))
    #expect(found.shapes == tensors.shapes && found.types == ["F32"])

    // i32 labels say the same.
    let again = try network.apus(
      "gradients net.apus --seed 1 --input x.npy --labels narrow.npy --reference -o h.safetensors".words)
    #expect(again.exitCode == 0)
    let files = try ["g", "h"].map { try Data(contentsOf: network.directory.appending(path: "\($0).safetensors")) }
    #expect(files[0] == files[1])
  }

  @Test(arguments: [
    ("--input wide.npy --labels y.npy", "wide.npy: error: its shape is [5, 2, 6, 7]; 'image' takes [N, 2, 6, 6]"),
    ("--input none.npy --labels y.npy", "none.npy: error: it holds 0 images; 1 to 65536 are expected"),
    ("--input y.npy --labels y.npy", "'<f4' (or '<f8') is expected"),
    ("--input x.npy --labels x.npy", "'<i4' (or '<i8') is expected"),
    (
      "--input x.npy --labels four.npy",
      "four.npy: error: its shape is [4]; a label for each of the 5 images is expected"
    ),
    (
      "--input x.npy --labels outside.npy",
      "outside.npy: error: the label at position 3 is 3; the network has 3 classes, 0 to 2"
    ),
    ("--input x.npy --labels negative.npy", "negative.npy: error: the label at position 0 is -1"),
    ("--input no.npy --labels y.npy", "no.npy: No such file or directory"),
    ("--input x.npy --labels y.npy --weights no", "no: error: no such file or directory"),
  ])
  func faultsAreExplained(_ options: String, _ message: String) throws {
    let network = try makeNetwork()
    let names = try network.names
    let weights = options.contains("--weights") ? "" : " --seed 1"
    let run = try network.apus("gradients net.apus \(options)\(weights) -o g.safetensors".words)
    #expect(run.exitCode == 1 && run.output == "")
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(try network.names == names)
  }

  @Test(arguments: [
    ("gradients net.apus --input x.npy --labels y.npy -o g", "Give --weights FILE, or --seed N"),
    ("gradients net.apus --seed 1 --labels y.npy -o g", "Give the images: --input X.npy."),
    ("gradients net.apus --seed 1 --input x.npy -o g", "Missing expected argument '--labels <y.npy>'"),
    (
      "gradients net.apus --seed 1 --input x.npy --input x.npy --labels y.npy -o g",
      "The network takes --input 1 times (image); given 2."
    ),
  ])
  func usage(_ line: String, _ message: String) throws {
    let run = try makeNetwork().apus(line.words)
    #expect(run.exitCode == 2)
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  @Test func networksThatDoNotClassifyAreRefused() throws {
    let network = try makeNetwork()
    let source = "network Net(image: f32[N, 2, 6, 6]) -> maps { conv1 = conv(image, 1, kernel: 1) \n return conv1 }\n"
    try source.write(to: network.directory.appending(path: "net.apus"), atomically: true, encoding: .utf8)
    let run = try network.apus("gradients net.apus --seed 1 --input x.npy --labels y.npy -o g".words)
    #expect(run.exitCode == 1)
    #expect(
      run.errors.contains(
        "'Net' cannot be trained: softmaxCrossEntropy needs a tensor of rank 2, [N, C]; got f32[N, 1, 6, 6]"),
      "\(run.errors)")
  }
}

extension String {
  fileprivate var words: [String] { split(separator: " ").map(String.init) }
}

/// What a safetensors file says of its tensors.
private struct SafetensorsHeader {
  var shapes: [String: [Int]] = [:]
  var types: Set<String> = []

  init(path: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    let json = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length]))
    for (name, entry) in try #require(json as? [String: [String: Any]]) where name != "__metadata__" {
      shapes[name] = entry["shape"] as? [Int]
      if let type = entry["dtype"] as? String { types.insert(type) }
    }
  }
}
