import GraphIR
import Tensors

/// A network as one page that needs nothing else: totals, the graph drawn from top to bottom, and its layers.
struct GraphPage {
  private let graph: Graph
  private let layers: [Graph.Layer]
  private let drawing: GraphDrawing

  init(_ graph: Graph) {
    self.graph = graph
    layers = graph.layers
    drawing = GraphDrawing(graph)
  }

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(graph.name))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <header>
    <h1>\(escaped(graph.name))</h1>
    <dl>
    \(facts.map { "<div><dt>\(escaped($0.0))</dt><dd>\(escaped($0.1))</dd></div>" }.joined(separator: "\n"))
    </dl>
    </header>
    <main>
    <section class="graph">
    \(drawing.svg)
    </section>
    <section class="layers">
    \(table)
    </section>
    </main>
    </body>
    </html>

    """
  }

  private var facts: [(String, String)] {
    let inputs = graph.inputs.map { ("input \($0.name)", graph.type(of: $0.value).description) }
    let outputs = graph.outputs.map { ("output \($0.name)", graph.type(of: $0.value).description) }
    let multiplyAdds = layers.reduce(0) { $0 + $1.multiplyAdds }
    return inputs + outputs + [
      ("parameters", decimal(graph.parameterCount)), ("multiply-adds", decimal(multiplyAdds)),
      ("operations", decimal(layers.count)),
    ]
  }

  private var table: String {
    var text = "<table><thead><tr><th>layer</th><th>op</th><th>output</th>"
    text += "<th class=\"n\">parameters</th><th class=\"n\">multiply-adds</th></tr></thead><tbody>\n"
    for (index, layer) in layers.enumerated() {
      text += "<tr id=\"layer\(index)\"><td>\(escaped(layer.name))</td>"
      text += "<td><span class=\"op\" style=\"--hue:\(hue(of: layer.op))\">\(escaped(layer.op))</span></td>"
      text += "<td>\(escaped(layer.shape.description))</td>"
      text += "<td class=\"n\">\(decimal(layer.parameterCount, zero: ""))</td>"
      text += "<td class=\"n\">\(decimal(layer.multiplyAdds, zero: ""))</td></tr>\n"
    }
    return text + "</tbody></table>"
  }

  private static let style = """
    :root { color-scheme: light dark; --text: #1c2330; --soft: #667085; --line: #d9dee8; --page: #fbfcfe; --card: #fff; }
    @media (prefers-color-scheme: dark) {
      :root { --text: #e6e9f0; --soft: #98a2b3; --line: #333b4a; --page: #12161e; --card: #1a202b; }
    }
    * { box-sizing: border-box; }
    body { margin: 0; font: 14px/1.45 system-ui, sans-serif; color: var(--text); background: var(--page); }
    header { padding: 28px 32px 20px; border-bottom: 1px solid var(--line); }
    h1 { margin: 0 0 14px; font-size: 26px; }
    dl { display: flex; flex-wrap: wrap; gap: 10px 34px; margin: 0; }
    dt { color: var(--soft); font-size: 12px; }
    dd { margin: 0; font-variant-numeric: tabular-nums; font-weight: 600; }
    main { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 24px; padding: 24px 32px; }
    section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px; }
    .graph { overflow: auto; max-height: calc(100vh - 48px); position: sticky; top: 24px; }
    .layers { flex: 1; overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    th { text-align: left; color: var(--soft); font-weight: 500; font-size: 12px; }
    th, td { padding: 5px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
    .n { text-align: right; }
    tr:target { outline: 2px solid hsl(215 80% 55%); }
    .op { padding: 1px 8px; border-radius: 9px; background: hsl(var(--hue) 60% 50% / .18); }
    svg { display: block; }
    svg rect { fill: hsl(var(--hue) 60% 50% / .16); stroke: hsl(var(--hue) 45% 50%); }
    svg a:hover rect { stroke-width: 2; }
    svg text { fill: var(--text); font-size: 12px; }
    svg .soft { fill: var(--soft); font-size: 11px; }
    svg path { fill: none; stroke: var(--soft); stroke-width: 1.3; opacity: .75; }
    """
}

/// Text where a page expects some.
func escaped(_ text: String) -> String {
  var result = ""
  for character in text {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    default: result.append(character)
    }
  }
  return result
}

/// The colour of an op: the same on every page, and spread around the wheel.
func hue(of op: String) -> Int { op.utf8.reduce(17) { ($0 * 31 + Int($1)) % 360 } }
