extension Artifact {
  /// The symbol of the embedded weights image.
  static let weightsSymbol = "apus_weights_image"

  /// Defines `model`, of type apus_model.
  func tablesSource() throws -> String {
    let tables = ModelTables(
      program: program, symbol: "model", weightsHash: weightsHash, cpuFeatures: cpuFeatures, info: try jsonText(info))
    return ModelTables.includes(for: prefix) + tables.source + (embedsWeights ? Self.weightsDeclaration : "")
  }

  static let weightsDeclaration = "extern const char \(weightsSymbol)[];\n\n"

  /// The weights as an expression of the C source.
  var weightsExpression: String { embedsWeights ? Self.weightsSymbol : "0" }
}
