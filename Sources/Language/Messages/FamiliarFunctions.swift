import Diagnostics

/// Names that people bring from PyTorch, and what they are called here; empty where there is no such function, so
/// that one which merely looks alike is not proposed.
private let familiarFunctions = [
  "adaptiveavgpool": "adaptiveAveragePool", "avgpool": "averagePool", "globalavgpool": "globalAveragePool",
  "cat": "concat", "mul": "multiply", "div": "divide", "sub": "subtract", "hardtanh": "clip", "clamp": "clip",
  "elu": "", "gelu": "", "selu": "", "celu": "", "silu": "", "swish": "", "mish": "", "leakyrelu": "",
  "upsample": "", "interpolate": "",
]

/// The function of `known` that the author of `name` most likely meant.
func functionMeant(by name: String, among known: [String]) -> String? {
  var key = name.lowercased()
  key.removeAll { $0 == "_" }
  if key.hasSuffix("2d") { key.removeLast(2) }
  if let familiar = familiarFunctions[key] { return known.contains(familiar) ? familiar : nil }
  return known.first { $0.lowercased() == key } ?? nearestName(to: name, among: known)
}
