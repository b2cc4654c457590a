import Diagnostics
import Formats

/// The curves of a training, drawn from its log: loss, error and learning rate over the epochs.
package struct LearningCurves: Sendable {
  /// Lines of the log by kind: `header`, `steps`, `epoch`.
  private var lines: [String: [LogLine]] = [:]

  private struct LogLine: Sendable {
    var object: JSONValue

    subscript(field: String) -> Double? {
      guard case .object(let members) = object else { return nil }
      switch members[field] {
      case .integer(let value): return Double(value)
      case .number(let value): return value
      default: return nil
      }
    }
  }

  package init(contentsOf path: String) throws(FileError) {
    let file = try MappedFile(path: path)
    let bytes = file.bytes(in: 0..<file.byteCount)
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let object = try? JSONReader.read(Array(line)), case .object(let members) = object,
        case .string(let kind) = members["kind"]
      else { continue }
      lines[kind, default: []].append(LogLine(object: object))
    }
  }

  package func write(to path: String) throws(FileError) {
    let bytes = Array(svg.utf8)
    try AtomicFile.write(to: path) { file throws(FileError) in try file.append(bytes) }
  }

  /// The picture.
  package var svg: String {
    let panels = [errorPanel, lossPanel, ratePanel]
    let heights = [260.0, 200, 90]
    let (left, width, gap) = (70.0, 700.0, 62.0)
    let epochs = panels.flatMap { $0.series.flatMap { $0.points.map(\.x) } }.max() ?? 1
    let horizontal = ChartAxis(linear: 0...max(epochs, 1e-3), tickCount: 10)
    var text = ""
    var top = 84.0
    for (panel, height) in zip(panels, heights) {
      let isLast = top > 84 + heights[0] + heights[1]
      text += panel.svg(x: left, y: top, width: width, height: height, horizontal: horizontal, labelsX: isLast)
      top += height + gap
    }
    let height = top - gap + 56
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 \(Int(height))" width="800" height="\(Int(height))">
      <style>\(Self.style)</style>
      <rect width="800" height="\(Int(height))" fill="#ffffff"/>
      <text class="head" x="\(Int(left))" y="36">\(Self.escaped(title))</text>
      \(text)<text class="tick" text-anchor="middle" x="\(Int(left + width / 2))" y="\(Int(height - 16))">epochs</text>
      </svg>

      """
  }

  private static let style = """
    text{font-family:system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#333}\
    .head{font-size:18px;font-weight:600}.title{font-size:14px;font-weight:600}\
    .tick,.legend{font-size:12px;fill:#666}\
    .grid{stroke:#e8e8e8;stroke-width:1}.axis{stroke:#999;stroke-width:1}\
    polyline{fill:none;stroke-linejoin:round}.bold{stroke-width:2}.fine{stroke-width:1;opacity:.45}
    """

  private var title: String {
    guard case .object(let header) = lines["header"]?.first?.object, case .string(let network) = header["network"]
    else { return "Training" }
    let errors = lines["epoch"]?.compactMap { $0["test_error"] } ?? []
    guard let last = errors.last, let least = errors.min() else { return "Training of \(network)" }
    let percent = { (error: Double) in String(format: "%.2f %%", 100 * error) }
    return "\(network): \(evaluated) error \(percent(last)), at the least \(percent(least))"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}

extension LearningCurves {
  private static let (trainingColor, testColor, rateColor) = ("#3b7dd8", "#d9542b", "#4f8a4b")

  private var errorPanel: ChartPanel { ChartPanel(title: "Error, %", series: comparison("error", scale: 100)) }

  private var lossPanel: ChartPanel { ChartPanel(title: "Loss", series: comparison("loss", scale: 1)) }

  private var ratePanel: ChartPanel {
    ChartPanel(
      title: "Learning rate",
      series: [series("steps", "learning_rate", "learning rate", Self.rateColor, .bold)])
  }

  /// What the model was evaluated on.
  private var evaluated: String {
    guard case .object(let header) = lines["header"]?.first?.object, case .string(let name) = header["evaluated_on"]
    else { return "test" }
    return name
  }

  private func comparison(_ quantity: String, scale: Double) -> [ChartSeries] {
    [
      series("steps", quantity, "training, steps", Self.trainingColor, .fine, scale),
      series("epoch", "training_\(quantity)", "training, epochs", Self.trainingColor, .bold, scale),
      series("epoch", "test_\(quantity)", evaluated, Self.testColor, .bold, scale),
    ]
  }

  private func series(
    _ kind: String, _ field: String, _ label: String, _ color: String, _ weight: ChartSeries.Weight,
    _ scale: Double = 1
  ) -> ChartSeries {
    let points = (lines[kind] ?? []).compactMap { line in
      zip(epochs(of: line), line[field]).map { (x: $0, y: $1 * scale) }
    }
    return ChartSeries(label: label, color: color, weight: weight, points: points)
  }

  /// How many epochs were done when a line was written.
  private func epochs(of line: LogLine) -> Double? {
    let stepsPerEpoch = lines["header"]?.first?["steps_per_epoch"] ?? 0
    return stepsPerEpoch > 0 ? line["step"].map { $0 / stepsPerEpoch } : nil
  }
}

/// Both, where there are both.
private func zip<First, Second>(_ first: First?, _ second: Second?) -> (First, Second)? {
  if let first, let second { (first, second) } else { nil }
}
