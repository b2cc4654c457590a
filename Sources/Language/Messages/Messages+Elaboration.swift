import Diagnostics
import GraphIR
import Tensors

// What can be wrong with values, shapes and the names of parameters. Each message is one function here and has a
// test.

// MARK: - Values

extension Diagnostic {
  static func unexpectedKind(_ expected: String, found: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("expected \(expected), found \(found)", at: range)
  }

  static func unexpectedElement(_ found: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("a list holds numbers or Bools, not \(found)", at: range)
  }

  static func operandsDoNotFit(
    _ binary: BinaryOperator, _ left: String, _ right: String, at range: SourceRange
  ) -> Diagnostic {
    Diagnostic("'\(binary.rawValue)' does not take \(left) and \(right)", at: range)
  }

  static func integerOverflow(at range: SourceRange) -> Diagnostic {
    Diagnostic("the result does not fit an Int of 64 bits", at: range)
  }

  static func floatOverflow(at range: SourceRange) -> Diagnostic {
    Diagnostic("the result is no finite number", at: range)
  }

  static func divisionByZero(at range: SourceRange) -> Diagnostic { Diagnostic("division by zero", at: range) }

  static func indexOutOfRange(_ index: Int, count listCount: Int, at range: SourceRange) -> Diagnostic {
    Diagnostic("index \(index) is outside the list, which has \(count(listCount, "element"))", at: range)
  }

  static func unknownProperty(_ name: Name, of what: String, known: [String]) -> Diagnostic {
    Diagnostic("\(what) has no '\(name.text)'; it has \(known.joined(separator: ", "))", at: name.range)
      .suggesting(name.text, among: known)
  }

  static func noProperties(_ name: Name, of type: String) -> Diagnostic {
    Diagnostic("\(type) has no '\(name.text)'", at: name.range)
  }

  static func propertyOfOtherRank(_ name: Name, type: TensorType) -> Diagnostic {
    Diagnostic("a tensor \(type) has no '\(name.text)'", at: name.range)
  }

  static func notAFunction(at range: SourceRange) -> Diagnostic {
    Diagnostic("expected a block: its name, or a call without its first argument", at: range)
  }

  static func notAStage(at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "expected a stage: a function's name, a call without its first argument, or an 'if' over stages", at: range)
  }

  static func stackCount(_ found: Int, at range: SourceRange) -> Diagnostic {
    Diagnostic("a stack has 0 to \(Limits.stackCount) blocks, not \(found)", at: range)
  }

  static func trainingOnly(at range: SourceRange, origin: SourceRange) -> Diagnostic {
    Diagnostic(
      "this value exists only in training; use it under 'if training', or return it as an output of training",
      at: range, notes: [.init("it is made here, and there is no 'else'", at: origin)])
  }
}

// MARK: - Arguments and parameters

extension Diagnostic {
  static func argumentKind(
    _ name: String, of callee: String, expected: String, found: String, at range: SourceRange
  ) -> Diagnostic {
    Diagnostic("'\(name)' of '\(callee)' is \(expected), not \(found)", at: range)
  }

  static func parameterKind(
    _ name: String, expected: String, found: String, at range: SourceRange, declaration: SourceRange
  ) -> Diagnostic {
    Diagnostic(
      "'\(name)' is \(expected), not \(found)", at: range, notes: [.init("it is declared here", at: declaration)])
  }

  static func unsetParameter(_ name: Name, of network: String) -> Diagnostic {
    Diagnostic(
      "'\(network)' needs a value of '\(name.text)'; set it with '--set \(name.text)=…' or give it a default",
      at: name.range)
  }

  static func inputWithoutType(_ name: Name) -> Diagnostic {
    Diagnostic("an input needs its shape, such as '\(name.text): f32[N, 3, 224, 224]'", at: name.range)
  }

  static func inputElementType(_ element: Name) -> Diagnostic {
    Diagnostic("inputs are f32, not '\(element.text)'", at: element.range)
  }

  static func inputWithoutBatch(at range: SourceRange) -> Diagnostic {
    Diagnostic("the first size of an input is the batch; write 'N'", at: range)
  }

  static func batchNotFirst(at range: SourceRange) -> Diagnostic {
    Diagnostic("only the first size of an input is N", at: range)
  }

  static func outputIsNoTensor(found: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("a network returns tensors, not \(found)", at: range)
  }

  static func noOutputs(at range: SourceRange) -> Diagnostic {
    Diagnostic("the network has outputs in training only; return one that exists without it", at: range)
  }
}

// MARK: - Names of parameters

extension Diagnostic {
  static func unnamedParameters(of callee: String, at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "the parameters of '\(callee)' have no name here; bind it, as in 'fc = …', and return the binding", at: range)
  }

  static func nameClaimedTwice(
    _ path: String, by callee: String, at range: SourceRange, previous: SourceRange
  ) -> Diagnostic {
    Diagnostic(
      "'\(path)' would name the parameters of two calls; bind one of them to a name of its own", at: range,
      notes: [.init("the other is here", at: previous)])
  }

  static func parameterNameTaken(_ name: String, at range: SourceRange, previous: SourceRange?) -> Diagnostic {
    Diagnostic(
      "there is already a parameter '\(name)'; bind the call to another name", at: range,
      notes: previous.map { [.init("it is made here", at: $0)] } ?? [])
  }
}

// MARK: - Operations

extension Diagnostic {
  /// What an op says of its operands, at the operand if it names one, with notes of where the shapes come from.
  static func opError(
    _ error: OpError, operands: [ArgumentValue], graph: Graph, at range: SourceRange
  ) -> Diagnostic {
    var diagnostic = Diagnostic(error.message, at: range)
    if let index = error.operand, operands.indices.contains(index) {
      diagnostic.range = operands[index].range
    }
    let operandsShown = 3
    for operand in operands.prefix(operandsShown) {
      if let id = operand.tensor { diagnostic.notes.append(graph.originNote(of: id)) }
    }
    return diagnostic
  }

  static func tooManyNodes(at range: SourceRange) -> Diagnostic {
    Diagnostic("the network has more than \(Limits.nodeCount) operations", at: range)
  }

  static func tooMuchEvaluation(at range: SourceRange) -> Diagnostic {
    Diagnostic("the network takes more than \(Limits.evaluationCount) steps to build", at: range)
  }

  static func evaluationTooDeep(at range: SourceRange) -> Diagnostic {
    Diagnostic("calls and expressions nest too deeply here (more than \(Limits.evaluationDepth) levels)", at: range)
  }

  static func callsTooDeep(_ name: Name, at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "blocks call each other more than \(Limits.callDepth) deep; does '\(name.text)' use itself?", at: range)
  }
}

extension Diagnostic.Note {
  static func calledHere(_ site: CallSite) -> Diagnostic.Note {
    let path = site.path.isEmpty ? "" : " as '\(site.path)'"
    return Diagnostic.Note("in '\(site.name)', called here\(path)", at: site.range)
  }
}

extension Graph {
  /// Where a value of the graph comes from.
  fileprivate func originNote(of value: ValueID) -> Diagnostic.Note {
    let type = type(of: value)
    if let input = inputs.first(where: { $0.value == value }) {
      return .init("the input '\(input.name)' is \(type)", at: nil)
    }
    guard let node = nodes.last(where: { $0.results.contains(value) }) else {
      return .init("an operand is \(type)", at: nil)
    }
    let path = node.name.isEmpty ? "" : ", under '\(node.name)'"
    return .init("the \(type) comes from here\(path)", at: node.origin)
  }
}

// MARK: - What surrounds a network

extension Diagnostic {
  static func labelCount(
    _ name: Name, count labelCount: Int, output: String, type: TensorType, at range: SourceRange
  ) -> Diagnostic {
    Diagnostic(
      "'\(name.text)' has \(count(labelCount, "label")), and the output '\(output)' is \(type)", at: range,
      notes: [.init("the labels are declared here", at: name.range)])
  }

  static func preprocessingValue(_ key: PreprocessingKey, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(key.rawValue)' is \(key.expectation)", at: range)
  }

  static func preprocessingChannels(
    _ name: String, _ channels: Int, input: String, type: TensorType, at range: SourceRange
  ) -> Diagnostic {
    Diagnostic("'\(name)' makes \(count(channels, "channel")), and the input '\(input)' is \(type)", at: range)
  }

  static func preprocessingStatistics(_ name: String, _ channels: Int, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(name)' needs one mean and std, or \(channels), one a channel", at: range)
  }

  static func preprocessingSize(
    _ name: String, _ size: [Int], input: String, type: TensorType, at range: SourceRange
  ) -> Diagnostic {
    Diagnostic("'\(name)' makes \(size[0]) x \(size[1]) pixels, and the input '\(input)' is \(type)", at: range)
  }

  static func preprocessingNeedsCrop(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(name)' resizes the shorter side only, so it needs a 'crop' too", at: range)
  }
}

extension PreprocessingKey {
  fileprivate var expectation: String {
    switch self {
    case .resize: "the shorter side in pixels, or [rows, columns]"
    case .crop: "the side in pixels, or [rows, columns]"
    case .scale: "a number other than 0 (1 / 255 of integers is 0; write 1.0 / 255)"
    case .mean: "a number, or a list of one a channel"
    case .std: "a positive number, or a list of one a channel"
    case .channels: "rgb, bgr or gray"
    }
  }
}

// MARK: - Choosing a network

extension Diagnostic {
  static func networkNotFound(_ name: String, in path: String, known: [String]) -> Diagnostic {
    let suggestion = nearestName(to: name, among: known).map { "; did you mean '\($0)'?" }
    let list = suggestion ?? (known.isEmpty ? "" : "; it has \(known.joined(separator: ", "))")
    return Diagnostic("'\(path)' has no network '\(name)'\(list)", at: nil)
  }

  static func severalNetworks(in path: String, known: [String]) -> Diagnostic {
    Diagnostic("'\(path)' has several networks; choose one with --network: \(known.joined(separator: ", "))", at: nil)
  }

  static func uncheckedNetworks(from name: String) -> Diagnostic {
    Diagnostic(
      .warning, "the file's networks are large; those from '\(name)' on were not checked, so ask for them by --network",
      at: nil)
  }

  static func noNetworks(in path: String) -> Diagnostic { Diagnostic("'\(path)' has no network", at: nil) }
}
