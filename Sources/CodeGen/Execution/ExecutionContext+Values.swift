import GraphIR
import Kernels
import Lowering

extension ExecutionContext {
  /// Runs round by round and returns the row-major elements of every step's value.
  package func values(batch: Int, inputs: [[Float]]) throws(RuntimeFailure) -> [ValueID: [Float]] {
    let program = model.program
    let outputs = program.outputs.map { AlignedBytes(byteCount: $0.elementCount(batch: batch) * 4) }
    let copies = inputs.map { elements in
      let copy = AlignedBytes(byteCount: elements.count * 4)
      elements.withUnsafeBytes { copy.bytes.copyMemory(from: $0) }
      return copy
    }
    func floats(_ bytes: AlignedBytes) -> UnsafeMutablePointer<Float>? {
      bytes.bytes.baseAddress?.assumingMemoryBound(to: Float.self)
    }
    var values: [ValueID: [Float]] = [:]
    for (number, round) in program.rounds(batch: largestBatch).enumerated() {
      let images = round.images.clamped(to: 0..<batch)
      if images.isEmpty { continue }
      try run(
        batch: batch, inputs: copies.map { UnsafePointer(floats($0)) }, outputs: outputs.map(floats),
        rounds: number..<number + 1)
      let step = program.steps[round.step]
      for result in step.results {
        values[result.value, default: []] += elements(of: result, in: step, images, batch: batch, outputs: outputs)
      }
    }
    // Pointers alone would not keep the buffers alive.
    withExtendedLifetime((copies, outputs)) {}
    return values
  }

  /// The row-major elements of what a step completed, once it has run for these images.
  /// - Parameter outputs: The memory that the run was given for the program's outputs.
  package func elements(
    of result: Program.Step.Result, in step: Program.Step, _ images: Range<Int>, batch: Int, outputs: [AlignedBytes]
  ) -> [Float] {
    let place = step.operands[result.operand]
    guard let address = address(of: place, firstImage: images.lowerBound, batch: batch, outputs) else { return [] }
    return result.layout.rowMajor(address, imageCount: images.count)
  }

  private func address(
    of operand: Program.Operand, firstImage: Int, batch: Int, _ outputs: [AlignedBytes]
  ) -> UnsafePointer<Float>? {
    let offset = operand.fixedOffset + batch * operand.offsetPerImage + firstImage * operand.imageStride
    switch operand.space {
    case .arena: return (workspace + offset).assumingMemoryBound(to: Float.self)
    case .output(let index):
      let output = outputs[index].bytes.baseAddress.map { UnsafeRawPointer($0) + offset }
      return output?.assumingMemoryBound(to: Float.self)
    case .weights:
      let image = UnsafeRawPointer(model.weights.bytes.baseAddress)
      return image.map { ($0 + offset).assumingMemoryBound(to: Float.self) }
    case .input, .scratch: return nil
    }
  }
}

extension TensorLayout {
  fileprivate func rowMajor(_ elements: UnsafePointer<Float>, imageCount: Int) -> [Float] {
    if case .image(let layout) = self { return layout.rowMajor(elements, imageCount: imageCount) }
    return unpacked(UnsafeBufferPointer(start: elements, count: elementCount))
  }
}

extension ImageLayout {
  /// The elements of some images in row-major order.
  fileprivate func rowMajor(_ elements: UnsafePointer<Float>, imageCount: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(imageCount * channels * rows * columns)
    for image in 0..<imageCount {
      for channel in 0..<channels {
        let plane =
          image * elementCount + channel / channelBlock * blockStride + channel % channelBlock + firstColumn
        for row in 0..<rows {
          for column in 0..<columns { result.append(elements[plane + row * rowStride + column * pixelStride]) }
        }
      }
    }
    return result
  }
}
