import CodeGen
import GraphIR
import Lowering
import OrderedCollections
import Passes
import Reference
import Tensors

extension GradientPass {
  /// What compiled code computes, in f32: the code of a training step of as many images, with extended arithmetic.
  /// - Parameters:
  ///   - images, labels: As `evaluate` takes them.
  ///   - threadCount: nil: as many threads as the process may keep busy.
  /// - Throws: Diagnostic at what cannot be compiled, or RuntimeFailure.
  package func run(
    weights: Weights, images: [[Float]], labels: [Int32], target: Target, threadCount: Int? = nil
  ) throws -> OrderedDictionary<String, Tensor> {
    let batch = labels.count
    let program = try Program(
      lowering: graph, for: target.machine, batch: batch...batch, parameters: .trained(), arithmetic: .extended)
    let image = AlignedBytes(byteCount: program.weightsByteCount)
    let evaluator = ConstantEvaluator(graph)
    for constant in program.constants { weights.pack(constant, of: graph, evaluator, into: image) }
    let model = ExecutableModel(
      program: program, card: ModelCard(target: target.name), jit: try JIT(program.kernels, for: target),
      weights: image)
    let context = try ExecutionContext(model: model, threadCount: threadCount)

    var images = images[...]
    let inputs = graph.inputs.map { input in
      input.name == TrainingName.labels ? AlignedBytes(copying: labels) : AlignedBytes(copying: images.removeFirst())
    }
    let outputs = program.outputs.map { AlignedBytes(byteCount: $0.elementCount(batch: batch) * 4) }
    try withExtendedLifetime((inputs, outputs)) {
      try context.run(
        batch: batch, inputs: inputs.map { UnsafePointer($0.floats.baseAddress) },
        outputs: outputs.map(\.floats.baseAddress))
    }
    let results = zip(program.outputs, outputs).map { output, bytes in
      Tensor(output.type.shape.resolved(batch: batch), floats: Array(bytes.floats))
    }
    return named(outputs: results, updates: updates(program, image))
  }

  /// What the parameters that a run updates hold in the weights image.
  private func updates(_ program: Program, _ image: AlignedBytes) -> [String: Tensor] {
    let updated = Set(graph.updates.map(\.parameter))
    let constants = Dictionary(program.constants.map { ($0.value, $0) }, uniquingKeysWith: { first, _ in first })
    var updates: [String: Tensor] = [:]
    for parameter in graph.parameters where updated.contains(parameter.value) {
      let extents = graph.type(of: parameter.value).shape.dimensions.compactMap(\.fixedExtent)
      updates[parameter.name] = constants[parameter.value].map {
        Tensor(extents, floats: $0.unpacked(from: image.bytes))
      }
    }
    return updates
  }
}

extension AlignedBytes {
  fileprivate convenience init<Element>(copying elements: [Element]) {
    self.init(byteCount: elements.count * MemoryLayout<Element>.stride)
    elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
  }

  fileprivate var floats: UnsafeMutableBufferPointer<Float> { bytes.bindMemory(to: Float.self) }
}
