import GraphIR

/// A graph drawn in SVG from top to bottom: a box stands below all that it reads, and arrows that pass boxes by go
/// around them.
struct GraphDrawing {
  private struct Box {
    var title: String
    var subtitle: String
    var op: String
    /// Steps from the top.
    var row: Int
    /// Places from the left among the boxes of its row.
    var column: Int
    /// The row of the table that it leads to.
    var layer: Int?
  }

  private struct Arrow {
    var from: Int
    var to: Int
  }

  private static let boxWidth = 230
  private static let boxHeight = 40
  private static let rowHeight = 62
  private static let columnWidth = 260
  private static let margin = 10

  private var boxes: [Box] = []
  private var arrows: [Arrow] = []
  private var rowFill: [Int: Int] = [:]

  init(_ graph: Graph) {
    var sources: [ValueID: Int] = [:]
    for input in graph.inputs {
      sources[input.value] = addBox(input.name, "\(graph.type(of: input.value))", op: "input", below: [], layer: nil)
    }
    for (index, layer) in graph.layers.enumerated() {
      let node = graph.nodes[index]
      let above = node.operands.compactMap { sources[$0] }
      let title = layer.name.isEmpty ? layer.op : "\(layer.op)  \(layer.name)"
      let box = addBox(title, layer.shape.description, op: layer.op, below: above, layer: index)
      for result in node.results { sources[result] = box }
    }
    for output in graph.outputs {
      let above = [sources[output.value]].compactMap { $0 }
      _ = addBox(output.name, "output", op: "output", below: above, layer: nil)
    }
  }

  private mutating func addBox(_ title: String, _ subtitle: String, op: String, below: [Int], layer: Int?) -> Int {
    let row = (below.map { boxes[$0].row }.max() ?? -1) + 1
    let column = rowFill[row, default: 0]
    rowFill[row] = column + 1
    boxes.append(Box(title: title, subtitle: subtitle, op: op, row: row, column: column, layer: layer))
    for source in Set(below).sorted() { arrows.append(Arrow(from: source, to: boxes.count - 1)) }
    return boxes.count - 1
  }

  var svg: String {
    let columns = (boxes.map(\.column).max() ?? 0) + 1
    let rows = (boxes.map(\.row).max() ?? 0) + 1
    // Long arrows swing out to the right of the boxes.
    let width = columns * Self.columnWidth + 2 * Self.margin + 60
    let height = rows * Self.rowHeight + 2 * Self.margin
    var text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
    text += " viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"the network's graph\">\n"
    text += "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\""
    text += " orient=\"auto\"><path d=\"M1 1L7 4L1 7\"/></marker></defs>\n"
    for arrow in arrows { text += path(arrow) }
    for box in boxes { text += draw(box) }
    return text + "</svg>"
  }

  private func left(_ box: Box) -> Int { Self.margin + box.column * Self.columnWidth }
  private func top(_ box: Box) -> Int { Self.margin + box.row * Self.rowHeight }

  private func path(_ arrow: Arrow) -> String {
    let (from, to) = (boxes[arrow.from], boxes[arrow.to])
    let (x0, y0) = (left(from) + Self.boxWidth / 2, top(from) + Self.boxHeight)
    let (x1, y1) = (left(to) + Self.boxWidth / 2, top(to))
    if to.row == from.row + 1 {
      let middle = (y0 + y1) / 2
      return "<path d=\"M\(x0) \(y0)C\(x0) \(middle) \(x1) \(middle) \(x1) \(y1)\" marker-end=\"url(#tip)\"/>\n"
    }
    let right = max(left(from), left(to)) + Self.boxWidth
    let bend = right + min(20 + 4 * (to.row - from.row), 60)
    let (yStart, yEnd) = (y0 - Self.boxHeight / 2, y1 + Self.boxHeight / 2)
    let (xStart, xEnd) = (left(from) + Self.boxWidth, left(to) + Self.boxWidth)
    return
      "<path d=\"M\(xStart) \(yStart)C\(bend) \(yStart) \(bend) \(yEnd) \(xEnd) \(yEnd)\" marker-end=\"url(#tip)\"/>\n"
  }

  private func draw(_ box: Box) -> String {
    let (x, y) = (left(box), top(box))
    var text = "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(Self.boxWidth)\" height=\"\(Self.boxHeight)\" rx=\"8\""
    text += " style=\"--hue:\(hue(of: box.op))\"/>"
    text += "<text x=\"\(x + 10)\" y=\"\(y + 17)\">\(escaped(box.title))</text>"
    text += "<text class=\"soft\" x=\"\(x + 10)\" y=\"\(y + 32)\">\(escaped(box.subtitle))</text>"
    return box.layer.map { "<a href=\"#layer\($0)\">\(text)</a>\n" } ?? text + "\n"
  }
}
