extension Program: CustomStringConvertible {
  /// The program as text, for people (docs/ir.md): where memory goes, then each step with its kernel, the places of
  /// its operands, its chunks, and how its result lies in memory.
  package var description: String {
    var lines = ["program \(name) for batches \(batch.lowerBound)...\(batch.upperBound)"]
    lines += inputs.map { "input \($0.name): \($0.type)" }
    lines += outputs.map { "output \($0.name): \($0.type)" }
    lines.append("weights: \(weightsByteCount) bytes")
    lines.append("arena: \(arenaFixedByteCount) + N * \(arenaByteCountPerImage) bytes")
    if scratchByteCount > 0 { lines.append("scratch: \(scratchByteCount) bytes a thread") }
    lines += steps.map { step in
      let operands = step.operands.map(\.description).joined(separator: ", ")
      return "\(step.name) = \(kernels[step.kernel].name)(\(operands)) in \(step.chunks)"
        + (step.imagesPerRound.map { ", in rounds of \($0)" } ?? "")
        + (step.results.isEmpty ? "" : ": " + step.results.map(\.layout.description).joined(separator: "; "))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Program.Operand: CustomStringConvertible {
  /// Such as `input 0`, or `arena + 64 + N * 1024`, in bytes.
  package var description: String {
    let base =
      switch space {
      case .arena: "arena"
      case .weights: "weights"
      case .input(let position): "input \(position)"
      case .output(let position): "output \(position)"
      case .scratch: "scratch"
      }
    let fixed = fixedOffset == 0 ? "" : " + \(fixedOffset)"
    return base + fixed + (offsetPerImage == 0 ? "" : " + N * \(offsetPerImage)")
  }
}

extension Program.Chunks: CustomStringConvertible {
  package var description: String {
    let count = perGroup == 1 ? "1 chunk" : "\(perGroup) chunks"
    return switch imagesPerGroup {
    case nil: count
    case 1: "\(count) an image"
    case let images?: "\(count) for each \(images) images"
    }
  }
}
