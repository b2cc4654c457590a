import Foundation

/// A line of a chart.
struct ChartSeries {
  enum Weight { case fine, bold }

  var label: String
  var color: String
  var weight: Weight
  var points: [(x: Double, y: Double)]
}

/// One system of axes with its lines, drawn as SVG.
struct ChartPanel {
  var title: String
  var series: [ChartSeries]
  /// What a tick of the vertical axis is labelled with.
  var label: (Double) -> String = { String(format: "%g", $0) }

  /// The elements of the panel, whose frame has this place.
  func svg(x: Double, y: Double, width: Double, height: Double, horizontal: ChartAxis, labelsX: Bool) -> String {
    let vertical = ChartAxis.fitting(series.flatMap { $0.points.map(\.y) }, tickCount: height > 150 ? 5 : 3)
    func across(_ value: Double) -> Double { x + width * horizontal.place(value) }
    func down(_ value: Double) -> Double { y + height * (1 - vertical.place(value)) }
    var text = "<text class=\"title\" x=\"\(x.short)\" y=\"\((y - 12).short)\">\(title)</text>\n"
    for tick in vertical.ticks {
      text += Self.line(x, down(tick), x + width, down(tick), "grid")
      text +=
        "<text class=\"tick\" text-anchor=\"end\" x=\"\((x - 8).short)\" y=\"\((down(tick) + 4).short)\">"
        + "\(label(tick))</text>\n"
    }
    for tick in horizontal.ticks {
      text += Self.line(across(tick), y, across(tick), y + height, "grid")
      guard labelsX else { continue }
      text +=
        "<text class=\"tick\" text-anchor=\"middle\" x=\"\(across(tick).short)\" "
        + "y=\"\((y + height + 18).short)\">\(String(format: "%g", tick))</text>\n"
    }
    text += Self.line(x, y + height, x + width, y + height, "axis") + Self.line(x, y, x, y + height, "axis")
    for line in series { text += Self.path(line, across, down) }
    return text + legend(right: x + width, y: y - 16)
  }

  private static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ kind: String) -> String {
    "<line class=\"\(kind)\" x1=\"\(x1.short)\" y1=\"\(y1.short)\" x2=\"\(x2.short)\" y2=\"\(y2.short)\"/>\n"
  }

  private static func path(
    _ series: ChartSeries, _ across: (Double) -> Double, _ down: (Double) -> Double
  ) -> String {
    let places = series.points.filter { $0.y.isFinite }.map { (x: across($0.x), y: down($0.y)) }
    guard !places.isEmpty else { return "" }
    let lineClass = series.weight == .bold ? "bold" : "fine"
    let points = places.map { "\($0.x.short),\($0.y.short)" }.joined(separator: " ")
    var text = "<polyline class=\"\(lineClass)\" stroke=\"\(series.color)\" points=\"\(points)\"/>\n"
    // Few points are seen better as such, and a single one makes no line.
    if series.weight == .bold, places.count <= 40 {
      for place in places {
        text += "<circle cx=\"\(place.x.short)\" cy=\"\(place.y.short)\" r=\"2.5\" fill=\"\(series.color)\"/>\n"
      }
    }
    return text
  }

  /// The lines' names above the frame, set from its right end.
  private func legend(right: Double, y: Double) -> String {
    guard series.count > 1 else { return "" }
    var text = ""
    var end = right
    for line in series.reversed() {
      let start = end - 6.4 * Double(line.label.count) - 30
      text +=
        "<line class=\"\(line.weight == .bold ? "bold" : "fine")\" stroke=\"\(line.color)\" x1=\"\(start.short)\" "
        + "y1=\"\(y.short)\" x2=\"\((start + 18).short)\" y2=\"\(y.short)\"/>\n"
      text += "<text class=\"legend\" x=\"\((start + 24).short)\" y=\"\((y + 4).short)\">\(line.label)</text>\n"
      end = start - 12
    }
    return text
  }
}

extension Double {
  /// To a tenth of a pixel.
  fileprivate var short: String { String(format: "%g", (self * 10).rounded() / 10) }
}
