import CodeGen
import Foundation
import GraphIR
import Kernels
import LoopIR
import Lowering
import Tensors
import Testing

/// Executables that are given pictures.
@Suite struct ClassificationTests {
  /// A network f32[N, 3, 2, 2] -> f32[N, 3]: the score of a colour is the sum of its channel.
  private static let kernelSource = """
    #include <stdint.h>
    void apus_kernel_0(char *const *operands, int64_t n, int64_t chunk) {
      (void)n;
      const float *image = (float *)operands[0] + chunk * 12;
      float *scores = (float *)operands[1] + chunk * 3;
      for (int c = 0; c < 3; ++c) scores[c] = image[4 * c] + image[4 * c + 1] + image[4 * c + 2] + image[4 * c + 3];
    }

    """

  private static let program = Program(
    name: "colors", inputs: [.init(name: "image", type: TensorType(.f32, [.batch, 3, 2, 2]))],
    outputs: [.init(name: "scores", type: TensorType(.f32, [.batch, 3]))],
    kernels: [Kernel(name: "sum", buffers: [], body: [])],
    steps: [
      Program.Step(
        kernel: 0, operands: [.init(.input(0)), .init(.output(0))], chunks: .init(perGroup: 1, imagesPerGroup: 1),
        name: "sum", results: [])
    ],
    weightsByteCount: 0, arenaFixedByteCount: 0, arenaByteCountPerImage: 0, batch: 2...3)

  /// The executable `colors` in a directory with pictures: three of one colour each, and a file that is none.
  private func makeDirectory(labels: [String]? = ["red", "\"green\"", "blue"]) throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    try directory.write(Self.kernelSource, to: "kernel.c")
    let compiled = try CommandResult("clang", ["-fPIC", "-c", "kernel.c", "-o", "kernel.o"], in: directory.url)
    if compiled.status != 0 { throw CompilationFailure(messages: compiled.errors) }
    let preprocessing = Preprocessing(
      name: "small", resize: .exact(rows: 2, columns: 2), scale: 1 / 255, mean: [0, 0, 0],
      standardDeviation: [1, 1, 1], channels: .rgb)
    let artifact = Artifact(
      program: Self.program,
      card: ModelCard(preprocessing: preprocessing, labels: labels, target: "x86-64-v2"), cpuFeatures: [],
      kernelObjects: [[UInt8](try Data(contentsOf: directory.url.appending(path: "kernel.o")))],
      weights: AlignedBytes(byteCount: 0))
    _ = try artifact.write(.executable, to: directory.path("colors"), toolchain: Toolchain(), threadCount: 2)
    for (index, name) in ["red", "green", "blue"].enumerated() {
      let pixel = (0..<3).map { UInt8($0 == index ? 255 : 0) }
      let file = PngFile(rows: 1, columns: 2, color: .rgb, scanlines: [pixel + pixel])
      try directory.write(file.bytes, to: "\(name).png")
    }
    try directory.write("no picture", to: "damaged.png")
    return directory
  }

  private struct Prediction: Decodable, Equatable {
    var `class`: Int
    var label: String?
    var probability: Double
  }

  private struct PictureResult: Decodable {
    var image: String
    var predictions: [Prediction]
  }

  /// More pictures than the largest batch, and then fewer than the smallest.
  @Test func picturesAreClassifiedInBatches() throws {
    let directory = try makeDirectory()
    let colors = directory.path("colors")
    let pictures = ["red.png", "green.png", "blue.png", "green.png"]
    let result = try CommandResult(colors, pictures + ["--json", "--top", "2", "--threads", "2"], in: directory.url)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let decoded = try JSONDecoder().decode([PictureResult].self, from: Data(result.output.utf8))
    #expect(decoded.map(\.image) == pictures)
    #expect(decoded.map { $0.predictions[0].class } == [0, 1, 2, 1])
    #expect(decoded.map { $0.predictions[0].label } == ["red", "\"green\"", "blue", "\"green\""])
    // Scores are 4, 0 and 0.
    let likeliest = exp(4.0) / (exp(4.0) + 2)
    for picture in decoded {
      #expect(picture.predictions.count == 2)
      #expect(abs(picture.predictions[0].probability - likeliest) < 1e-6)
    }

    let table = try CommandResult(colors, ["blue.png", "red.png", "--top", "1"], in: directory.url)
    #expect(table.output == "blue.png\n    96.47 %      2  blue\n\nred.png\n    96.47 %      0  red\n")
  }

  @Test func aPictureThatCannotBeReadIsLeftOut() throws {
    let directory = try makeDirectory(labels: nil)
    let result = try CommandResult(
      directory.path("colors"), ["damaged.png", "none.png", "--top=1", "blue.png"], in: directory.url)
    #expect(result.status == 1)
    #expect(
      result.errors == "damaged.png is neither a PNG nor a JPEG picture\nnone.png: No such file or directory\n")
    #expect(result.output == "blue.png\n    96.47 %      2\n")
    let none = try CommandResult(directory.path("colors"), ["damaged.png", "--json"], in: directory.url)
    #expect(none.status == 1 && none.output == "[\n]\n")
  }
}
