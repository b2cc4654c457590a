import Formats
import Training

/// How a network did on a set of pictures, for whoever asked.
struct EvaluationReport {
  private let evaluation: Evaluation
  private let network: String
  private let crops: Int
  private let classNames: [String]?

  init(_ evaluation: Evaluation, network: String, crops: Int, classNames: [String]?) {
    self.evaluation = evaluation
    self.network = network
    self.crops = crops
    self.classNames = classNames
  }

  func text(withClasses: Bool) -> String {
    let correctCount = evaluation.correctCount
    var lines = [
      "top-1 error \(percent(evaluation.error)): \(correctCount) of \(evaluation.imageCount) are right",
      "top-5 error \(percent(evaluation.errorInFive))",
      "loss        \(evaluation.loss.formatted(digits: 4))",
    ]
    if withClasses {
      let nameLength = evaluation.classes.indices.map { name($0).count }.max() ?? 0
      lines += evaluation.classes.enumerated().map { index, count in
        let padded = name(index).padding(toLength: nameLength, withPad: " ", startingAt: 0)
        return "  \(padded)  \(percent(count.error)) of \(count.imageCount)"
      }
    }
    return lines.joined(separator: "\n")
  }

  var json: JSONValue {
    .object([
      "network": .string(network), "images": .integer(evaluation.imageCount), "crops": .integer(crops),
      "correct": .integer(evaluation.correctCount), "top1_error": .number(evaluation.error),
      "top5_error": .number(evaluation.errorInFive), "loss": .number(evaluation.loss),
      "classes": .array(
        evaluation.classes.enumerated().map { index, count in
          .object([
            "class": .integer(index), "label": .string(name(index)), "images": .integer(count.imageCount),
            "correct": .integer(count.correctCount),
          ])
        }),
    ])
  }

  private func name(_ index: Int) -> String {
    guard let classNames, classNames.indices.contains(index) else { return "\(index)" }
    return classNames[index]
  }

  private func percent(_ part: Double) -> String { "\((100 * part).formatted(digits: 2)) %" }
}
