import Foundation

extension Verification {
  /// For people: every comparison if `verbose`, else the worst, and the verdict.
  package func text(verbose: Bool) -> String {
    var lines: [String] = []
    if verbose {
      // Several steps may bear one name, that of a binding.
      let steps = comparisons.map { "\($0.name) (\($0.op))" }
      let width = steps.map(\.count).max() ?? 0
      lines = zip(steps, comparisons).map { step, comparison in
        step.padding(toLength: width + 2, withPad: " ", startingAt: 0)
          + String(format: "%.1e of %.1e", comparison.error, comparison.tolerance)
          + (comparison.diverges ? "  diverges" : "")
      }
    }
    if let first = firstDivergence {
      lines.append(
        "'\(first.name)' (\(first.op)) diverges first: its relative error is "
          + String(format: "%.2e, its tolerance %.2e", first.error, first.tolerance)
          + ", from the roundings of f32 on the way to it")
    } else {
      lines.append(
        "\(comparisons.count) steps agree with the reference; the largest relative error is "
          + String(format: "%.2e", largestError))
    }
    return lines.joined(separator: "\n")
  }

  package func json() throws -> String {
    struct Report: Encodable {
      var steps: [Comparison]
      var largestError: Double
      var firstDivergence: String?
    }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let report = Report(steps: comparisons, largestError: largestError, firstDivergence: firstDivergence?.name)
    return String(decoding: try encoder.encode(report), as: UTF8.self)
  }
}
