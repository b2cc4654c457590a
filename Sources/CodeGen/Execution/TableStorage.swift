import CRuntime
import GraphIR
import Lowering

/// Constant arrays and strings with addresses of their own, as C tables point at them. They live as long as this.
final class TableStorage {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  func allocate<Element: BitwiseCopyable>(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
    let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(count, 1))
    if let address = buffer.baseAddress { blocks.append(UnsafeMutableRawPointer(address)) }
    return buffer
  }

  func store<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element>? {
    let copy: UnsafeMutableBufferPointer<Element> = allocate(elements.count)
    _ = copy.initialize(from: elements)
    return UnsafePointer(copy.baseAddress)
  }

  func store(_ string: String) -> UnsafePointer<CChar>? { store(Array(string.utf8CString)) }

  func storeModel(_ program: Program, _ kernelAddresses: [UnsafeRawPointer]) -> UnsafePointer<apus_model>? {
    let steps = program.steps.map { step in
      apus_step(
        kernel: unsafeBitCast(kernelAddresses[step.kernel], to: apus_kernel.self), name: store(step.name),
        operands: store(step.operands.map(apus_operand.init)), operand_count: UInt32(step.operands.count),
        images_per_group: UInt32(step.chunks.imagesPerGroup ?? 0), chunks_per_group: UInt64(step.chunks.perGroup),
        images_per_round: UInt32(step.imagesPerRound ?? 0))
    }
    let noFeatures: [UnsafePointer<CChar>?] = [nil]
    let model = apus_model(
      name: store(program.name), steps: store(steps), inputs: store(program.inputs.map(tensor)),
      outputs: store(program.outputs.map(tensor)), step_count: UInt32(steps.count),
      input_count: UInt32(program.inputs.count), output_count: UInt32(program.outputs.count),
      smallest_batch: Int64(program.batch.lowerBound), largest_batch: Int64(program.batch.upperBound),
      arena_fixed_byte_count: UInt64(program.arenaFixedByteCount),
      arena_byte_count_per_image: UInt64(program.arenaByteCountPerImage),
      scratch_byte_count: UInt64(program.scratchByteCount),
      weights_byte_count: UInt64(program.weightsByteCount), weights_hash: 0, cpu_features: store(noFeatures),
      info: store("{}"))
    return store([model])
  }

  func table(
    _ card: ModelCard, model: UnsafePointer<apus_model>?, weights: AlignedBytes, program: Program
  ) -> apus_program {
    apus_program(
      model: model, embedded_weights: UnsafeRawPointer(weights.bytes.baseAddress), weights_file: nil,
      preprocessing: card.preprocessing.flatMap { store([apus_preprocessing($0)]) },
      labels: card.labels.flatMap { store($0.map { store($0) }) }, label_count: UInt32(card.labels?.count ?? 0),
      outputs_probabilities: card.outputsProbabilities,
      operations_per_image: UInt64(2 * program.steps.map(\.multiplyAdds).reduce(0, +)), target: store(card.target),
      precision: store(card.precision))
  }

  private func tensor(_ interface: Program.Interface) -> apus_tensor {
    let shape = interface.type.shape
    let extents = shape.dimensions.compactMap(\.fixedExtent).map(Int64.init)
    return apus_tensor(
      name: store(interface.name), rank: UInt32(extents.count), batched: shape.isBatched ? 1 : 0,
      extents: store(extents))
  }
}
