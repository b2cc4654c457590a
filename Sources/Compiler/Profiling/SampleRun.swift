import CodeGen
import GraphIR
import Lowering

/// Inputs drawn at random and memory for outputs, to run a program on for its time alone.
struct SampleRun {
  private let inputs: [AlignedBytes]
  private let outputs: [AlignedBytes]
  private let batch: Int

  init(of program: Program, batch: Int) {
    self.batch = batch
    inputs = program.inputs.map { $0.randomElements(batch: batch) }
    outputs = program.outputs.map { AlignedBytes(byteCount: $0.elementCount(batch: batch) * 4) }
  }

  func run(in context: ExecutionContext) throws {
    try withExtendedLifetime(self) {
      try context.run(batch: batch, inputs: inputs.map { UnsafePointer($0.floats) }, outputs: outputs.map(\.floats))
    }
  }

  func record(in context: ExecutionContext) throws -> RunRecord {
    try withExtendedLifetime(self) {
      try context.record(batch: batch, inputs: inputs.map { UnsafePointer($0.floats) }, outputs: outputs.map(\.floats))
    }
  }
}

extension Program.Interface {
  /// Numbers where images are asked for; zeros else, which are a label, and a learning rate that changes nothing.
  fileprivate func randomElements(batch: Int) -> AlignedBytes {
    let count = elementCount(batch: batch)
    let bytes = AlignedBytes(byteCount: count * 4)
    guard type.element == .f32, type.shape.isBatched else { return bytes }
    var stream = RandomStream(seed: 1, name: name)
    stream.draw(.uniform(bound: 2), count: count).withUnsafeBytes { bytes.bytes.copyMemory(from: $0) }
    return bytes
  }
}

extension AlignedBytes {
  fileprivate var floats: UnsafeMutablePointer<Float>? { bytes.baseAddress?.assumingMemoryBound(to: Float.self) }
}
