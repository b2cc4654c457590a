import CRuntime
import GraphIR

/// The `main` of an executable as C source.
extension Artifact {
  /// - Parameter weightsFile: The name of the weights file beside the executable.
  func mainSource(weightsFile: String) -> String {
    preprocessingTable + labelsTable + """
      static const apus_program program = {
          .model = &model,
          .embedded_weights = \(weightsExpression),
          .weights_file = \(embedsWeights ? "0" : cLiteral(weightsFile)),
          .preprocessing = \(card.preprocessing == nil ? "0" : "&preprocessing"),
          .labels = \(card.labels == nil ? "0" : "labels"),
          .label_count = \(card.labels?.count ?? 0),
          .outputs_probabilities = \(card.outputsProbabilities),
          .operations_per_image = \(2 * program.steps.map(\.multiplyAdds).reduce(0, +)),
          .target = \(cLiteral(card.target)),
          .precision = \(cLiteral(card.precision)),
      };

      int main(int argument_count, char **arguments) {
        return apus_program_main(&program, argument_count, arguments);
      }

      """
  }

  private var labelsTable: String {
    card.labels.map { cArray("char *const", "labels", $0.map(cLiteral), placeholder: "0") } ?? ""
  }

  private var preprocessingTable: String {
    guard let table = card.preprocessing.map(apus_preprocessing.init) else { return "" }
    let mean = [table.mean.0, table.mean.1, table.mean.2].map(cLiteral).joined(separator: ", ")
    let deviation = [table.standard_deviation.0, table.standard_deviation.1, table.standard_deviation.2]
    return """
      static const apus_preprocessing preprocessing = {
          .resize = \(table.resize),
          .channels = \(table.channels),
          .resize_rows = \(table.resize_rows),
          .resize_columns = \(table.resize_columns),
          .crop_rows = \(table.crop_rows),
          .crop_columns = \(table.crop_columns),
          .scale = \(cLiteral(table.scale)),
          .mean = {\(mean)},
          .standard_deviation = {\(deviation.map(cLiteral).joined(separator: ", "))},
      };


      """
  }
}

extension apus_preprocessing {
  package init(_ preprocessing: Preprocessing) {
    self.init()
    switch preprocessing.resize {
    case nil: resize = APUS_RESIZE_NONE.rawValue
    case .shorterSide(let side):
      resize = APUS_RESIZE_SHORTER_SIDE.rawValue
      resize_rows = Int64(side)
    case .exact(let rows, let columns):
      resize = APUS_RESIZE_EXACT.rawValue
      (resize_rows, resize_columns) = (Int64(rows), Int64(columns))
    }
    channels =
      switch preprocessing.channels {
      case .rgb: APUS_RGB.rawValue
      case .bgr: APUS_BGR.rawValue
      case .gray: APUS_GRAY.rawValue
      }
    if let crop = preprocessing.crop, crop.count == 2 { (crop_rows, crop_columns) = (Int64(crop[0]), Int64(crop[1])) }
    scale = preprocessing.scale
    mean = triple(preprocessing.mean, default: 0)
    standard_deviation = triple(preprocessing.standardDeviation, default: 1)
  }
}

/// One number for each channel; a single one is for all of them.
private func triple(_ numbers: [Double], default missing: Double) -> (Double, Double, Double) {
  func number(_ index: Int) -> Double { index < numbers.count ? numbers[index] : numbers.first ?? missing }
  return (number(0), number(1), number(2))
}
