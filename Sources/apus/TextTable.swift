/// A table for people: words to the left of their columns, numbers to the right.
struct TextTable {
  struct Column {
    var title: String
    var isNumber = false

    static func words(_ title: String) -> Column { Column(title: title) }
    static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
  }

  var columns: [Column]
  var rows: [[String]]
  /// Lines below a rule of their own, such as totals.
  var footers: [[String]] = []

  var text: String {
    let header = columns.map(\.title)
    let widths = columns.indices.map { column in ([header] + rows + footers).map { $0[column].count }.max() ?? 0 }
    let rule = String(repeating: "-", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let body = [line(header, widths), rule] + rows.map { line($0, widths) }
    let end = footers.isEmpty ? [] : [rule] + footers.map { line($0, widths) }
    return (body + end).joined(separator: "\n") + "\n"
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = columns.indices.map { column in
      let blanks = String(repeating: " ", count: widths[column] - cells[column].count)
      return columns[column].isNumber ? blanks + cells[column] : cells[column] + blanks
    }
    var text = padded.joined(separator: "  ")
    while text.last == " " { text.removeLast() }
    return text
  }
}
