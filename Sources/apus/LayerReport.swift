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
    let rows = layers.map { layer in
      [
        layer.name, layer.op, layer.shape.description, decimal(layer.parameterCount, zero: ""),
        decimal(layer.multiplyAdds, zero: ""),
      ]
    }
    let table = TextTable(
      columns: [
        .words("layer"), .words("op"), .words("output shape"), .number("parameters"), .number("multiply-adds"),
      ],
      rows: rows, footers: [["total", "", "", decimal(graph.parameterCount), decimal(multiplyAdds)]])
    return headline + "\n\n" + table.text
  }

  /// `ResNet50: image f32[N, 3, 224, 224] -> logits f32[N, 1000]`.
  private var headline: String {
    let inputs = graph.inputs.map { "\($0.name) \(graph.type(of: $0.value))" }.joined(separator: ", ")
    let outputs = graph.outputs.map { "\($0.name) \(graph.type(of: $0.value))" }.joined(separator: ", ")
    return "\(graph.name): \(inputs) -> \(outputs)"
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
