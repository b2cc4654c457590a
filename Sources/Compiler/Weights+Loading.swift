import Diagnostics
import Formats
import GraphIR
import Tensors
import Training

extension Weights {
  /// The weights of `network` from a safetensors file, left in the file where it holds them as aligned f32.
  ///
  /// Every tensor of the file must belong to a parameter, but for `*.num_batches_tracked`, which PyTorch writes beside
  /// running statistics, and for those that the network has in training alone. Throws a `FileError` where the file is
  /// damaged, and a `WeightsError` with all that does not fit. A checkpoint of a training is read as well, without the
  /// momentum that it holds.
  ///
  /// - Parameter headSeed: What to draw the parameters from whose shape in the file is that of another number of
  ///   classes, and those of training alone that the file lacks; nil: such a file does not fit.
  package init(contentsOf path: String, for network: Network, headSeed: UInt64? = nil) throws {
    let graph = network.graph
    let file = try SafetensorsFile(path: path)
    let drawn = headSeed == nil ? [] : Self.head(of: network, missingIn: file)
    let kept = graph.parameters.filter { !drawn.contains($0.name) }
    let missing = kept.filter { file.entries[$0.name] == nil }
    let names = Set(graph.parameters.map(\.name))
    let isCheckpoint = Checkpoint.isCheckpoint(file)
    let extra = file.entries.keys.elements.filter {
      !names.contains($0) && !$0.hasSuffix(".num_batches_tracked") && !network.trainingParameterNames.contains($0)
        && !(isCheckpoint && $0.hasSuffix(".momentum"))
    }
    let unfit = kept.compactMap { Self.misfit($0, in: graph, file) }
    let problems = Self.describe(missing: missing, extra: extra, in: graph) + unfit
    guard problems.isEmpty else { throw WeightsError(path: path, problems: problems) }

    var elements: [String: FloatElements] = [:]
    for parameter in kept { elements[parameter.name] = file.elements(of: parameter.name) }
    var remarks = Self.remarks(Set(kept.map(\.name)), file)
    if let headSeed, !drawn.isEmpty {
      let fresh = Weights(seed: headSeed, for: graph)
      for parameter in graph.parameters where drawn.contains(parameter.name) {
        elements[parameter.name] = fresh[parameter]
      }
      remarks.append("drawn anew: \(drawn.sorted().joined(separator: ", "))")
    }
    self.init(elements: elements, remarks: remarks)
  }

  /// The parameters of `network` that a file of a network with other classes has no elements for.
  private static func head(of network: Network, missingIn file: SafetensorsFile) -> Set<String> {
    let graph = network.graph
    let classCount = graph.outputs.first.flatMap { graph.type(of: $0.value).shape.dimensions.last?.fixedExtent }
    let head = graph.parameters.filter { parameter in
      guard let entry = file.entries[parameter.name] else {
        return network.trainingParameterNames.contains(parameter.name)
      }
      let shape = graph.type(of: parameter.value).shape.dimensions.compactMap(\.fixedExtent)
      return shape.first == classCount && shape != entry.shape && shape.dropFirst() == entry.shape.dropFirst()
    }
    return Set(head.map(\.name))
  }

  /// What is wrong with the tensor of `parameter`, where the file has one.
  private static func misfit(_ parameter: Parameter, in graph: Graph, _ file: SafetensorsFile) -> String? {
    guard let entry = file.entries[parameter.name] else { return nil }
    let expected = graph.type(of: parameter.value).shape
    if Shape(fixed: entry.shape) != expected {
      return "misshaped '\(parameter.name)': the network needs \(expected), the file has \(entry.shape)"
    }
    guard entry.type.isReadable else {
      let readable = SafetensorsType.allCases.filter(\.isReadable).map(\.rawValue).joined(separator: ", ")
      return "unreadable '\(parameter.name)': its type is \(entry.type.rawValue), and weights are one of \(readable)"
    }
    return nil
  }

  /// Each missing tensor and each that is too many, with the name that it was likely meant for.
  private static func describe(missing: [Parameter], extra: [String], in graph: Graph) -> [String] {
    // Where more names than this are wrong, the file is for another network, and each suggestion costs time.
    let suggestionLimit = 50
    func nearest(_ position: Int, _ name: String, among names: [String]) -> String? {
      position < suggestionLimit ? nearestName(to: name, among: names) : nil
    }
    let missingNames = missing.map(\.name)
    return missing.enumerated().map { position, parameter in
      "missing '\(parameter.name)', \(graph.type(of: parameter.value).shape)"
        + (nearest(position, parameter.name, among: extra).map { "; the file has '\($0)'" } ?? "")
    }
      + extra.enumerated().map { position, name in
        "unknown '\(name)'" + (nearest(position, name, among: missingNames).map { "; did you mean '\($0)'?" } ?? "")
      }
  }

  private static func remarks(_ names: Set<String>, _ file: SafetensorsFile) -> [String] {
    var counts: [SafetensorsType: Int] = [:]
    for name in names { if let type = file.entries[name]?.type { counts[type, default: 0] += 1 } }
    let conversions: [(SafetensorsType, String)] = [
      (.f16, "widened to f32"), (.bf16, "widened to f32"), (.f64, "rounded to f32"),
    ]
    return conversions.compactMap { type, conversion in
      counts[type].map { "\($0) \($0 == 1 ? "tensor" : "tensors") of \(type.rawValue) \(conversion)" }
    }
  }
}
