import CRuntime
import CodeGen
import Foundation
import Kernels
import LoopIR
import Lowering
import Tensors

/// The training of a linear classifier, its kernels written in C: images f32[4, 1, 2, 2] and three classes; the logits
/// are w (x - mean) + b with a running mean of the pixels; the loss is the mean squared distance from one-hot targets.
/// The number of the step is added to the mean, scaled down, so that it shows in the results.
enum HandWrittenTraining {
  static let name = "linear"
  static let batch = 4
  static let classes = 3
  static let pixels = 4

  // MARK: The compiled program

  private static let filter = FilterLayout(outputs: classes, inputs: pixels, inputBlock: pixels, lanes: 8)

  private static let variables: [TrainingPrograms.Variable] = [
    .init(name: "fc.weight", shape: [3, 4], role: .weight, layout: .filter(filter), byteOffset: 0),
    .init(name: "fc.bias", shape: [3], role: .weight, layout: .vector(count: 3, lanes: 8), byteOffset: 128),
    .init(name: "mean", shape: [4], role: .statistic, layout: .vector(count: 4, lanes: 8), byteOffset: 192),
    .init(name: "fc.weight.momentum", shape: [3, 4], role: .momentum, layout: .filter(filter), byteOffset: 256),
    .init(name: "fc.bias.momentum", shape: [3], role: .momentum, layout: .vector(count: 3, lanes: 8), byteOffset: 384),
  ]

  static var programs: TrainingPrograms {
    let image = Program.Interface(name: "image", type: TensorType(.f32, [.batch, 1, 2, 2]))
    let logits = Program.Interface(name: "logits", type: TensorType(.f32, [.batch, .fixed(classes)]))
    func weights(_ variable: Int) -> Program.Operand { .init(.weights, fixedOffset: variables[variable].byteOffset) }
    let perImage = Program.Chunks(perGroup: 1, imagesPerGroup: 1)
    let forward = [weights(0), weights(1), weights(2)]
    let steps: [(String, [Program.Operand], Program.Chunks)] = [
      ("forward", [.init(.input(0))] + forward + [.init(.output(1))], perImage),
      (
        "loss", [.init(.input(1)), .init(.output(1)), .init(.arena), .init(.output(0))],
        .init(perGroup: 1, imagesPerGroup: nil)
      ),
      (
        "update", [.init(.input(0)), .init(.input(2)), .init(.arena), weights(2)] + [0, 1, 3, 4].map(weights),
        .init(perGroup: classes, imagesPerGroup: nil)
      ),
      (
        "statistics", [.init(.input(0)), .init(.input(3)), weights(2)],
        .init(perGroup: 1, imagesPerGroup: nil)
      ),
    ]
    let step = Program(
      name: name,
      inputs: [
        image, .init(name: "labels", type: TensorType(.i32, [.batch])),
        .init(name: "learningRate", type: TensorType(.f32, [])), .init(name: "seed", type: TensorType(.i32, [])),
      ],
      outputs: [.init(name: "loss", type: TensorType(.f32, [])), logits],
      kernels: steps.map { Kernel(name: $0.0, buffers: [], body: []) },
      steps: steps.enumerated().map { index, step in
        .init(kernel: index, operands: step.1, chunks: step.2, name: step.0, results: [])
      },
      weightsByteCount: 448, arenaFixedByteCount: batch * classes * 4, arenaByteCountPerImage: 0,
      batch: batch...batch)
    let evaluation = Program(
      name: name, inputs: [image], outputs: [logits], kernels: [Kernel(name: "evaluate", buffers: [], body: [])],
      steps: [
        .init(
          kernel: 0, operands: [.init(.input(0))] + forward + [.init(.output(0))], chunks: perImage, name: "evaluate",
          results: [])
      ],
      weightsByteCount: 448, arenaFixedByteCount: 0, arenaByteCountPerImage: 0, batch: 1...batch)
    return TrainingPrograms(
      step: step, evaluation: evaluation, stepInputs: [.images, .labels, .learningRate, .seed], lossStepCount: 2,
      variables: variables)
  }

  static let kernelSource = """
    #include <stdint.h>
    static void logits_of(const float *x, const float *w, const float *b, const float *mean, float *logits) {
      for (int c = 0; c < 3; ++c) {
        logits[c] = b[c];
        for (int p = 0; p < 4; ++p) logits[c] += w[p * 8 + c] * (x[p] - mean[p]);
      }
    }
    #define FLOATS(index) ((float *)operands[index])
    void apus_kernel_0(char *const *operands, int64_t n, int64_t chunk) {
      (void)n;
      logits_of(FLOATS(0) + chunk * 4, FLOATS(1), FLOATS(2), FLOATS(3), FLOATS(4) + chunk * 3);
    }
    void apus_kernel_1(char *const *operands, int64_t n, int64_t chunk) {
      (void)chunk;
      float sum = 0;
      for (int64_t image = 0; image < n; ++image) {
        for (int c = 0; c < 3; ++c) {
          float target = ((int32_t *)operands[0])[image] == c ? 1.0f : 0.0f;
          float difference = FLOATS(1)[image * 3 + c] - target;
          sum += difference * difference;
          FLOATS(2)[image * 3 + c] = difference / (float)n;
        }
      }
      *FLOATS(3) = sum / (float)n;
    }
    static void descend(float *value, float *momentum, float gradient, float rate) {
      *momentum = 0.5f * *momentum + gradient;
      *value -= rate * *momentum;
    }
    void apus_kernel_2(char *const *operands, int64_t n, int64_t chunk) {
      const float *x = FLOATS(0), *gradient = FLOATS(2), *mean = FLOATS(3);
      float rate = *FLOATS(1);
      for (int p = 0; p < 4; ++p) {
        float sum = 0;
        for (int64_t image = 0; image < n; ++image) sum += gradient[image * 3 + chunk] * (x[image * 4 + p] - mean[p]);
        descend(FLOATS(4) + p * 8 + chunk, FLOATS(6) + p * 8 + chunk, sum, rate);
      }
      float sum = 0;
      for (int64_t image = 0; image < n; ++image) sum += gradient[image * 3 + chunk];
      descend(FLOATS(5) + chunk, FLOATS(7) + chunk, sum, rate);
    }
    void apus_kernel_3(char *const *operands, int64_t n, int64_t chunk) {
      (void)chunk;
      for (int p = 0; p < 4; ++p) {
        float sum = 0;
        for (int64_t image = 0; image < n; ++image) sum += FLOATS(0)[image * 4 + p];
        FLOATS(2)[p] = 0.875f * FLOATS(2)[p] + 0.125f * (sum / (float)n) + (float)*(int32_t *)operands[1] / 1024;
      }
    }
    void apus_kernel_4(char *const *operands, int64_t n, int64_t chunk) { apus_kernel_0(operands, n, chunk); }

    """

  // MARK: Artifacts

  private static let kernels = Result {
    let directory = try TemporaryDirectory()
    try directory.write(kernelSource, to: "kernels.c")
    let result = try CommandResult(
      "clang", ["-O1", "-ffp-contract=off", "-fPIC", "-c", "kernels.c", "-o", "kernels.o"], in: directory.url)
    if result.status != 0 { throw CompilationFailure(messages: result.errors) }
    return [UInt8](try Data(contentsOf: directory.url.appending(path: "kernels.o")))
  }

  static func written(as form: Artifact.Form) throws -> HandWrittenArtifact.Written {
    let image = AlignedBytes(byteCount: 448)
    let elements = (0..<classes * pixels).map(initialWeight)
    elements.withUnsafeBufferPointer { elements in
      TensorLayout.filter(filter).pack(
        elements, into: UnsafeMutableRawBufferPointer(rebasing: image.bytes[..<128]).bindMemory(to: Float.self))
    }
    let artifact = TrainingArtifact(
      programs, card: ModelCard(target: "x86-64-v2"), cpuFeatures: [], kernelObjects: [try kernels.get()],
      image: image)
    let directory = try TemporaryDirectory()
    let ending = [.sharedLibrary: ".so", .staticLibrary: ".a"][form] ?? ".o"
    return .init(
      directory: directory,
      files: try artifact.write(form, to: directory.path("lib\(name)\(ending)"), toolchain: Toolchain(), threadCount: 2)
    )
  }

  private static func initialWeight(_ index: Int) -> Float { Float(index) / 8 - 0.5 }

  // MARK: What it computes

  /// The same in Swift, on the images of `HostProgram`, labels 0, 1, 2, 0, in the same order of operations.
  struct Reference {
    var weights = (0..<classes * pixels).map(initialWeight)
    var biases = [Float](repeating: 0, count: classes)
    var mean = [Float](repeating: 0, count: pixels)
    private var weightMomentum = [Float](repeating: 0, count: classes * pixels)
    private var biasMomentum = [Float](repeating: 0, count: classes)
    private var stepCount = 0
    private let images = HandWrittenModel.input(batch: 16)

    func logits(_ image: Int) -> [Float] {
      (0..<classes).map { label in
        (0..<pixels).reduce(biases[label]) {
          $0 + weights[label * pixels + $1] * (images[image * pixels + $1] - mean[$1])
        }
      }
    }

    /// The loss before the step.
    mutating func step(learningRate: Float) -> Float {
      let gradients = (0..<batch).map { image in
        logits(image).enumerated().map { $1 - ($0 == image % classes ? 1 : 0) }
      }
      let loss = gradients.joined().reduce(0) { $0 + $1 * $1 } / Float(batch)
      func descend(_ value: inout Float, _ momentum: inout Float, _ gradient: Float) {
        momentum = 0.5 * momentum + gradient
        value -= learningRate * momentum
      }
      for label in 0..<classes {
        let shares = gradients.map { $0[label] / Float(batch) }
        for pixel in 0..<pixels {
          let sum = shares.indices.reduce(Float(0)) {
            $0 + shares[$1] * (images[$1 * pixels + pixel] - mean[pixel])
          }
          descend(&weights[label * pixels + pixel], &weightMomentum[label * pixels + pixel], sum)
        }
        descend(&biases[label], &biasMomentum[label], shares.reduce(0, +))
      }
      for pixel in 0..<pixels {
        let sum = (0..<batch).reduce(Float(0)) { $0 + images[$1 * pixels + pixel] }
        mean[pixel] = 0.875 * mean[pixel] + 0.125 * (sum / Float(batch)) + Float(stepCount) / 1024
      }
      stepCount += 1
      return loss
    }
  }
}
