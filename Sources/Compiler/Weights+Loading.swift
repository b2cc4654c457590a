import Diagnostics
import Formats
import GraphIR
import Tensors

extension Weights {
  /// The weights of `network` from a safetensors file, left in the file where it holds them as aligned f32.
  ///
  /// Every tensor of the file must belong to a parameter, but for `*.num_batches_tracked`, which PyTorch writes beside
  /// running statistics, and for those that the network has in training alone. Throws a `FileError` where the file is
  /// damaged, and a `WeightsError` with all that does not fit.
  package init(contentsOf path: String, for network: Network) throws {
    let graph = network.graph
    let file = try SafetensorsFile(path: path)
    let missing = graph.parameters.filter { file.entries[$0.name] == nil }
    let names = Set(graph.parameters.map(\.name))
    let extra = file.entries.keys.elements.filter {
      !names.contains($0) && !$0.hasSuffix(".num_batches_tracked") && !network.trainingParameterNames.contains($0)
    }
    let unfit = graph.parameters.compactMap { Self.misfit($0, in: graph, file) }
    let problems = Self.describe(missing: missing, extra: extra, in: graph) + unfit
    guard problems.isEmpty else { throw WeightsError(path: path, problems: problems) }

    var elements: [String: FloatElements] = [:]
    for name in names { elements[name] = file.elements(of: name) }
    self.init(elements: elements, remarks: Self.remarks(names, file))
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
