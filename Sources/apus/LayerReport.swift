import Foundation
import GraphIR
import Tensors

/// The layers of a graph with totals, as a table or as JSON.
struct LayerReport {
  let graph: Graph
  let layers: [Graph.Layer]

  init(_ graph: Graph) {
    self.graph = graph
    layers = graph.layers
  }

  var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }

  // MARK: Table

  var table: String {
    let header = ["layer", "op", "output shape", "parameters", "multiply-adds"]
    let rows = layers.map { layer in
      [
        layer.name, layer.op, layer.shape.description, decimal(layer.parameterCount, zero: ""),
        decimal(layer.multiplyAdds, zero: ""),
      ]
    }
    let total = ["total", "", "", decimal(graph.parameterCount), decimal(multiplyAdds)]
    let widths = header.indices.map { column in
      ([header, total] + rows).map { $0[column].count }.max() ?? 0
    }
    let rule = String(repeating: "-", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let lines =
      [headline, "", line(header, widths), rule] + rows.map { line($0, widths) } + [rule, line(total, widths)]
    return lines.joined(separator: "\n") + "\n"
  }

  /// `ResNet50: image f32[N, 3, 224, 224] -> logits f32[N, 1000]`.
  private var headline: String {
    let inputs = graph.inputs.map { "\($0.name) \(graph.type(of: $0.value))" }.joined(separator: ", ")
    let outputs = graph.outputs.map { "\($0.name) \(graph.type(of: $0.value))" }.joined(separator: ", ")
    return "\(graph.name): \(inputs) -> \(outputs)"
  }

  /// Words to the left of their columns, numbers, the last two, to the right.
  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = zip(cells, widths).enumerated().map { index, cell in
      let blanks = String(repeating: " ", count: cell.1 - cell.0.count)
      return index < 3 ? cell.0 + blanks : blanks + cell.0
    }
    var text = padded.joined(separator: "  ")
    while text.last == " " { text.removeLast() }
    return text
  }

  // MARK: JSON

  private struct Encoded: Encodable {
    struct Layer: Encodable {
      var name: String
      var op: String
      /// For one image.
      var shape: [Int]
      var parameters: Int
      var macs: Int
    }

    var network: String
    var layers: [Layer]
    var parameters: Int
    var macs: Int
  }

  func json() throws -> String {
    let encoded = Encoded(
      network: graph.name,
      layers: layers.map { layer in
        Encoded.Layer(
          name: layer.name, op: layer.op, shape: layer.shape.resolved(batch: 1), parameters: layer.parameterCount,
          macs: layer.multiplyAdds)
      },
      parameters: graph.parameterCount, macs: multiplyAdds)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(encoded), as: UTF8.self)
  }
}

/// `25,557,032`.
func decimal(_ number: Int, zero: String = "0") -> String {
  guard number != 0 else { return zero }
  var groups: [String] = []
  var digits = String(number)[...]
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits = digits.dropLast(3)
  }
  return ([String(digits)] + groups).joined(separator: ",")
}
