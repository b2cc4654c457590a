import Foundation
import GraphIR
import Ops

/// docs/functions.md: every built-in function of the language as its surface describes it, with the constraints that
/// the op's doc comment numbers.
enum FunctionReference {
  static let path = "docs/functions.md"

  /// The document. `source` gives the text of a file by its path.
  static func text(source: (String) throws -> String) throws -> String {
    var text = """
      # Built-in functions

      What network files can call. The tensor comes first, so that `x |> relu` is `relu(x)`. Parameters with a colon are
      given by label; what stands behind the colon, or behind `=`, holds where a call leaves the parameter out. A function
      that has parameters of the network, such as `weight`, needs a binding to name them. N is the batch.

      This file is generated from the registry of ops: `APUS_BLESS=1 swift test --filter functionReference`.

      """
    for (surface, op) in functions {
      text += "\n## \(signature(surface))\n\n"
      text += surface.summary + "\n"
      let described = surface.parameters.filter { $0.kind != .tensor }
      if !described.isEmpty { text += "\n" + described.map(line).joined(separator: "\n") + "\n" }
      let constraints = try constraints(of: op, source)
      if !constraints.isEmpty {
        text += "\nConstraints:\n" + constraints.map { "- \($0)\n" }.joined()
      }
    }
    return text
  }

  /// By name.
  private static var functions: [(Surface, any Op.Type)] {
    OpRegistry.entries.flatMap { entry in entry.surfaces.map { ($0, entry.op) } }.sorted { $0.0.name < $1.0.name }
  }

  /// `maxPool(x, kernel:, stride: kernel)`
  private static func signature(_ surface: Surface) -> String {
    let parameters = surface.parameters.map { parameter in
      let name = parameter.name + (parameter.isLabelled ? ":" : parameter.kind == .tensors ? "..." : "")
      guard let defaultValue = parameter.defaultValue else { return name }
      return name + (parameter.isLabelled ? " " : " = ") + value(defaultValue)
    }
    return "\(surface.name)(\(parameters.joined(separator: ", ")))"
  }

  private static func line(_ parameter: Surface.Parameter) -> String {
    "- `\(parameter.name)`: \(kind(parameter.kind)). \(parameter.documentation)"
  }

  private static func kind(_ kind: Surface.Kind) -> String {
    switch kind {
    case .tensor: "a tensor"
    case .tensors: "tensors"
    case .int: "an integer"
    case .float: "a number"
    case .bool: "true or false"
    case .pair: "an integer or two"
    case .ints: "an integer or a list"
    }
  }

  private static func value(_ constant: Surface.Constant) -> String {
    switch constant {
    case .int(let value): "\(value)"
    case .float(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .ints(let values): "\(values)"
    case .sameAs(let name): name
    }
  }

  /// The numbered constraints of an op's doc comment, or of the protocol to which that comment refers.
  private static func constraints(of op: any Op.Type, _ source: (String) throws -> String) rethrows -> [String] {
    let own = comment(above: "package struct \(op)", in: try source("Sources/Ops/\(op)/\(op).swift"))
    let reference = own.joined(separator: " ").components(separatedBy: "Constraints: `").dropFirst().first
    guard let name = reference?.split(separator: "`").first else { return constraints(in: own) }
    return constraints(in: comment(above: "protocol \(name)", in: try source("Sources/Ops/Shared/Elementwise.swift")))
  }

  /// The lines of the doc comment of a declaration.
  private static func comment(above declaration: String, in source: String) -> [String] {
    let lines = source.components(separatedBy: "\n")
    guard let position = lines.firstIndex(where: { $0.hasPrefix(declaration) }) else { return [] }
    let comment = lines[..<position].reversed().prefix { $0.hasPrefix("///") }
    return comment.reversed().map { $0.dropFirst(3).trimmingCharacters(in: .whitespaces) }
  }

  /// Each constraint with its continuation lines.
  private static func constraints(in comment: [String]) -> [String] {
    comment.reduce(into: []) { constraints, line in
      if line.hasPrefix("(C") {
        constraints.append(line)
      } else if !line.isEmpty, let last = constraints.popLast() {
        constraints.append(last + " " + line)
      }
    }
  }
}
