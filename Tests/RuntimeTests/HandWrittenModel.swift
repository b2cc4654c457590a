import CRuntime
import CodeGen
import Glibc
import GraphIR
import Kernels
import LoopIR
import Lowering
import Tensors

/// A model of one input f32[N, 8], one weight tensor f32[8] and one output f32[N, 8] with kernels written in Swift:
/// per image, product = input * weight; then for each chunk of each image, running = product + the chunk before.
enum HandWrittenModel {
  static let width = 8

  /// One chunk an image; through scratch memory, and slowly, so that chunks which shared it would show.
  private static let multiply: apus_kernel = { operands, _, chunk in
    let (input, weight, scratch) = (floats(operands, 0), floats(operands, 1), floats(operands, 2))
    let product = floats(operands, 3)
    for index in 0..<8 { scratch[index] = input[Int(chunk) * 8 + index] }
    sched_yield()
    for index in 0..<8 { product[Int(chunk) * 8 + index] = scratch[index] * weight[index] }
  }

  /// One chunk an element: adds to it the element after it (of the whole batch, cyclic), so each chunk needs what
  /// another thread wrote in the step before.
  private static let addNext: apus_kernel = { operands, n, chunk in
    let (source, target) = (floats(operands, 0), floats(operands, 1))
    target[Int(chunk)] = source[Int(chunk)] + source[(Int(chunk) + 1) % (Int(n) * 8)]
  }

  private static func floats(
    _ operands: UnsafePointer<UnsafeMutablePointer<CChar>?>?, _ index: Int
  ) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(operands![index]!).assumingMemoryBound(to: Float.self)
  }

  /// The multiplication, then `additions` times `addNext`, through two buffers and into the output.
  static func program(additions: Int, batches: ClosedRange<Int> = 1...16) -> Program {
    let type = TensorType(.f32, [.batch, 8])
    let row = width * MemoryLayout<Float>.size
    func buffer(_ index: Int) -> Program.Operand {
      Program.Operand(.arena, fixedOffset: 64 + index * 64, offsetPerImage: index * row)
    }
    var steps = [
      Program.Step(
        kernel: 0, operands: [.init(.input(0)), .init(.weights), .init(.scratch), buffer(0)],
        chunks: .init(perGroup: 1, imagesPerGroup: 1),
        name: "multiply", results: [], multiplyAdds: width)
    ]
    for index in 0..<additions {
      let target = index == additions - 1 ? Program.Operand(.output(0)) : buffer((index + 1) % 2)
      steps.append(
        Program.Step(
          kernel: 1, operands: [buffer(index % 2), target], chunks: .init(perGroup: width, imagesPerGroup: 1),
          name: "add.\(index)", results: []))
    }
    let kernels = ["multiply", "addNext"].map { Kernel(name: $0, buffers: [], body: []) }
    return Program(
      name: "hand_written", inputs: [.init(name: "x", type: type)], outputs: [.init(name: "y", type: type)],
      kernels: kernels, steps: steps, weightsByteCount: row, arenaFixedByteCount: 192, arenaByteCountPerImage: 2 * row,
      scratchByteCount: row, batch: batches)
  }

  static func weights() -> AlignedBytes {
    let weights = AlignedBytes(byteCount: width * MemoryLayout<Float>.size)
    for index in 0..<width { weights.bytes.storeBytes(of: weight(index), toByteOffset: index * 4, as: Float.self) }
    return weights
  }

  static func model(additions: Int, batches: ClosedRange<Int> = 1...16) -> ExecutableModel {
    ExecutableModel(
      program: program(additions: additions, batches: batches), card: ModelCard(target: "native"),
      kernelAddresses: [multiply, addNext].map { unsafeBitCast($0, to: UnsafeRawPointer.self) }, weights: weights(),
      code: nil)
  }

  private static func weight(_ index: Int) -> Float { 0.1 * Float(index + 1) }

  static func input(batch: Int) -> [Float] {
    (0..<batch * width).map { Float($0 % 13) * 0.37 - 2 }
  }

  /// The kernels for artifacts, as C.
  static let kernelSource = """
    #include <sched.h>
    #include <stdint.h>
    void apus_kernel_0(char *const *operands, int64_t n, int64_t chunk) {
      (void)n;
      const float *input = (float *)operands[0] + chunk * 8, *weight = (float *)operands[1];
      float *scratch = (float *)operands[2], *product = (float *)operands[3] + chunk * 8;
      for (int i = 0; i < 8; ++i) scratch[i] = input[i];
      sched_yield();
      for (int i = 0; i < 8; ++i) product[i] = scratch[i] * weight[i];
    }
    void apus_kernel_1(char *const *operands, int64_t n, int64_t chunk) {
      const float *source = (float *)operands[0];
      ((float *)operands[1])[chunk] = source[chunk] + source[(chunk + 1) % (n * 8)];
    }

    """

  /// What the model computes, in the same order of operations.
  static func expectation(additions: Int, input: [Float]) -> [Float] {
    var values = input.enumerated().map { $1 * weight($0 % width) }
    for _ in 0..<additions {
      values = values.indices.map { values[$0] + values[($0 + 1) % values.count] }
    }
    return values
  }
}
