import Diagnostics
import GraphIR
import Tensors

extension Elaborator {
  /// Builds the nodes of a built-in function's call. Arguments are by index of the surface's parameters.
  mutating func build(
    _ surface: Surface, _ arguments: [(Int, [ArgumentValue])], at range: SourceRange
  ) throws(Abort) -> Value {
    if surface.isParametrised, !claimName(for: .op, surface.name, at: range) { return .poison }
    let operands = arguments.flatMap { $0.1 }.filter { $0.tensor != nil }
    let parameterCount = builder.graph.parameters.count
    let result: ValueID
    do throws(OpError) {
      result = try append(surface, arguments, at: range)
    } catch {
      return poison(.opError(error, operands: operands, graph: builder.graph, at: range))
    }
    guard builder.graph.nodes.count <= Limits.nodeCount else { throw abort(.tooManyNodes(at: range)) }
    return recordParameters(from: parameterCount, at: range) ? .tensor(result) : .poison
  }

  private mutating func append(
    _ surface: Surface, _ arguments: [(Int, [ArgumentValue])], at range: SourceRange
  ) throws(OpError) -> ValueID {
    var tensors: [String: ValueID] = [:]
    var tensorLists: [String: [ValueID]] = [:]
    var constants: [String: Surface.Constant] = [:]
    for parameter in surface.parameters { constants[parameter.name] = parameter.defaultValue }
    for (index, values) in arguments {
      let parameter = surface.parameters[index]
      switch parameter.kind {
      case .tensor: tensors[parameter.name] = values.first?.tensor
      case .tensors: tensorLists[parameter.name] = values.compactMap(\.tensor)
      case .int, .float, .bool, .pair, .ints: constants[parameter.name] = values.first?.constant
      }
    }
    // The graph moves into the call and back, so that appending to it never copies it.
    var call = SurfaceCall(
      builder: exchange(&builder, with: GraphBuilder(Graph(name: ""))), tensors: tensors, tensorLists: tensorLists,
      constants: constants, scope: naming.path, origin: range)
    defer { builder = call.builder }
    return try surface.build(&call)
  }

  /// Notes where the parameters from this index on were made; false, after a report, where a name is taken.
  private mutating func recordParameters(from start: Int, at range: SourceRange) -> Bool {
    for parameter in builder.graph.parameters[start...] {
      let previous = parameterPlaces.updateValue(range, forKey: parameter.name)
      if let previous, !naming.isBelowClaimed {
        report(.parameterNameTaken(parameter.name, at: range, previous: previous))
        return false
      }
    }
    return true
  }
}

// MARK: - Names of parameters

extension Elaborator {
  enum Claimant { case op, block, pipeline }

  /// Takes the name of the binding in evaluation for something that makes parameters; false, after a report, where
  /// there is none or it is taken.
  @discardableResult
  mutating func claimName(for claimant: Claimant, _ name: String, at range: SourceRange) -> Bool {
    switch (naming.kind, claimant) {
    case (.blockResult, .op), (.networkResult, .op), (.networkResult, .pipeline):
      report(.unnamedParameters(of: name, at: range))
      return false
    default: break
    }
    if let previous = naming.claim {
      report(.nameClaimedTwice(naming.path, by: name, at: range, previous: previous))
      return false
    }
    naming.claim = range
    return true
  }
}

/// Puts a new value in place of the old, which it returns, without a copy of either.
private func exchange<Content>(_ place: inout Content, with new: Content) -> Content {
  let old = place
  place = new
  return old
}

extension ArgumentValue {
  var tensor: ValueID? { if case .value(.tensor(let id)) = content { id } else { nil } }

  fileprivate var constant: Surface.Constant? {
    guard case .value(let value) = content else { return nil }
    switch value {
    case .int(let value): return .int(value)
    case .float(let value): return .float(value)
    case .bool(let value): return .bool(value)
    case .list(let elements):
      return .ints(elements.compactMap { if case .int(let value) = $0 { value } else { nil } })
    case .tensor, .absent, .poison: return nil
    }
  }
}
