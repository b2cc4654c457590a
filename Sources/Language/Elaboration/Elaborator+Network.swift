import Diagnostics
import GraphIR
import Tensors

extension Elaborator {
  /// Elaborates the network; what is wrong is in `diagnostics`.
  mutating func run(_ plan: NetworkPlan, _ overrides: [ParameterOverride]) -> Network? {
    do throws(Abort) {
      try setUp(plan, overrides)
      try forceAll(plan.parameters)
      try addInputs(plan.parameters)
      try bind(plan.body.bindings, under: "")
      try addOutputs(plan)
      naming = Naming(path: "", kind: .networkResult)
      var network = Network(graph: builder.graph)
      try addCompanions(plan, to: &network)
      return network
    } catch {
      return nil
    }
  }

  private mutating func setUp(_ plan: NetworkPlan, _ overrides: [ParameterOverride]) throws(Abort) {
    naming = Naming(path: "", kind: .networkResult)
    frame.pending = plan.defaults
    for parameter in plan.parameters { frame.parameters[parameter.name.text] = parameter }
    let settable = plan.parameters.filter { !$0.isTensor }.map(\.name.text)
    for override in overrides {
      guard settable.contains(override.name.text) else {
        report(.unknownParameter(override.name, of: plan.name.text, known: settable))
        continue
      }
      // The command line names what the root file can name.
      frame.pending[override.name.text] = .init(expression: override.value, scope: module.rootScope)
    }
    for parameter in plan.parameters where !parameter.isTensor && frame.pending[parameter.name.text] == nil {
      throw abort(.unsetParameter(parameter.name, of: plan.name.text))
    }
  }

  private mutating func addInputs(_ parameters: [ParameterDeclaration]) throws(Abort) {
    for parameter in parameters {
      guard case .tensor(let type) = parameter.kind else { continue }
      guard let type else {
        report(.inputWithoutType(parameter.name))
        frame.values[parameter.name.text] = .poison
        continue
      }
      let inputType = try evaluate(type)
      frame.values[parameter.name.text] =
        inputType.map { .tensor(builder.input(parameter.name.text, $0)) } ?? .poison
    }
  }

  private mutating func evaluate(_ type: InputType) throws(Abort) -> TensorType? {
    guard type.element.text == ElementType.f32.rawValue else {
      report(.inputElementType(type.element))
      return nil
    }
    guard case .name(BuiltinName.batch)? = type.dimensions.first?.kind else {
      report(.inputWithoutBatch(at: type.dimensions.first?.range ?? type.range))
      return nil
    }
    var dimensions: [Dimension] = [.batch]
    for expression in type.dimensions.dropFirst() {
      if case .name(BuiltinName.batch) = expression.kind {
        report(.batchNotFirst(at: expression.range))
        return nil
      }
      switch try evaluate(expression) {
      case .int(let extent): dimensions.append(.fixed(extent))
      case .poison: return nil
      case let other:
        report(.unexpectedKind("Int", found: other.typeDescription(in: builder.graph), at: expression.range))
        return nil
      }
    }
    let result = TensorType(.f32, Shape(dimensions))
    do throws(OpError) {
      try result.checkSize()
    } catch {
      report(.opError(error, operands: [], graph: builder.graph, at: type.range))
      return nil
    }
    return result
  }

  private mutating func addOutputs(_ plan: NetworkPlan) throws(Abort) {
    var existsInTrainingOnly = true
    for (index, expression) in plan.body.results.enumerated() {
      naming = Naming(path: "", kind: .networkResult)
      let name = plan.outputs.indices.contains(index) ? plan.outputs[index].text : expression.outputName(index)
      let value = try evaluate(expression)
      if case .absent = value { continue }
      existsInTrainingOnly = false
      switch value {
      case .tensor(let id): builder.output(name, id)
      case .poison: break
      case let other:
        report(.outputIsNoTensor(found: other.typeDescription(in: builder.graph), at: expression.range))
      }
    }
    if existsInTrainingOnly, let last = plan.body.results.last {
      report(.noOutputs(at: last.range))
    }
  }
}

extension Expression {
  /// The name of an output that the network does not name: its binding's, or its place among them.
  fileprivate func outputName(_ index: Int) -> String {
    if case .name(let name) = kind { name } else { index == 0 ? "output" : "output\(index)" }
  }
}
