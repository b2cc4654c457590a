import Diagnostics
import GraphIR
import Tensors

extension Elaborator {
  /// Adds what the network's `using` names: its preprocessing, labels and recipes. An alias's own preprocessing and
  /// labels take the place of its base's; its recipes come before them.
  mutating func addCompanions(_ plan: NetworkPlan, to network: inout Network) throws(Abort) {
    for (companion, scope) in plan.companions.reversed() {
      let name = companion.name.text
      if let preprocessing = scope.preprocessings[name], network.preprocessing == nil {
        guard var result = try evaluate(preprocessing, companion, scope) else { continue }
        if check(result, at: companion.name.range) { result.spreadStatistics() }
        network.preprocessing = result
      } else if let labels = scope.labels[name], network.labels == nil {
        network.labels = read(labels)
        if let list = network.labels { check(list, of: labels, usedAt: companion.name.range) }
      }
    }
    try addRecipes(plan, to: &network)
  }

  // MARK: Labels

  private mutating func read(_ labels: LabelsDeclaration) -> [String]? {
    guard case .file(let path) = labels.source else {
      if case .list(let list) = labels.source { return list }
      return nil
    }
    let fullPath = resolvePath(path, from: labels.range.file.path)
    do throws(FileAccessError) {
      let bytes = try module.readFile(fullPath, Limits.labelsByteCount)
      var lines: [String] = []
      for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        guard let text = String(validating: content, as: UTF8.self) else {
          throw FileAccessError("line \(lines.count + 1) is not valid UTF-8")
        }
        lines.append(text)
      }
      while lines.last == "" { lines.removeLast() }
      return lines
    } catch {
      report(.unreadableFile(fullPath, error, at: labels.range))
      return nil
    }
  }

  private mutating func check(_ list: [String], of labels: LabelsDeclaration, usedAt range: SourceRange) {
    guard let output = builder.graph.outputs.first else { return }
    let type = builder.graph.type(of: output.value)
    guard let classes = type.shape.dimensions.last?.fixedExtent, classes != list.count else { return }
    report(.labelCount(labels.name, count: list.count, output: output.name, type: type, at: range))
  }

  // MARK: Preprocessing

  private mutating func evaluate(
    _ declaration: PreprocessingDeclaration, _ companion: Companion, _ scope: FileScope
  ) throws(Abort) -> Preprocessing? {
    // Arguments are the network's, so they are evaluated before its names give way to the preprocessing's.
    var arguments: [String: (value: Value, range: SourceRange)] = [:]
    let networkScope = frame.scope
    frame.scope = scope
    for argument in companion.arguments {
      if let label = argument.label { arguments[label.text] = (try evaluate(argument.value), argument.range) }
    }
    let outer = frame
    defer {
      frame = outer
      frame.scope = networkScope
    }
    frame = Frame(scope: module.scopes[declaration.name.range.file] ?? scope, path: "")
    for parameter in declaration.parameters {
      let name = parameter.name.text
      frame.parameters[name] = parameter
      if let argument = arguments[name], case .value(let kind) = parameter.kind {
        guard !argument.value.isPoison else { return nil }
        guard let value = argument.value.converted(to: .value(kind)) else {
          let found = argument.value.typeDescription(in: builder.graph)
          report(
            .parameterKind(
              name, expected: kind.rawValue, found: found, at: argument.range, declaration: parameter.name.range))
          return nil
        }
        frame.values[name] = value
      } else if let value = parameter.defaultValue {
        frame.pending[name] = .init(expression: value, scope: frame.scope)
      } else {
        report(.unsetParameter(parameter.name, of: declaration.name.text))
        return nil
      }
    }
    try forceAll(declaration.parameters)
    return try evaluateEntries(declaration)
  }

  private mutating func evaluateEntries(_ declaration: PreprocessingDeclaration) throws(Abort) -> Preprocessing? {
    var result = Preprocessing(
      name: declaration.name.text, scale: 1, mean: [0], standardDeviation: [1], channels: .rgb)
    var isComplete = true
    for entry in declaration.entries {
      guard let key = PreprocessingKey(rawValue: entry.name.text) else { continue }
      if key == .channels {
        guard case .name(let word) = entry.value.kind, let channels = Preprocessing.Channels(rawValue: word) else {
          report(.preprocessingValue(key, at: entry.value.range))
          isComplete = false
          continue
        }
        result.channels = channels
        continue
      }
      let value = try evaluate(entry.value)
      if value.isPoison {
        isComplete = false
      } else if !result.set(key, value) {
        report(.preprocessingValue(key, at: entry.value.range))
        isComplete = false
      }
    }
    return isComplete ? result : nil
  }

  /// A picture that is preprocessed must fit the network's first input; false, after a report, where it does not.
  private mutating func check(_ preprocessing: Preprocessing, at range: SourceRange) -> Bool {
    guard let input = builder.graph.inputs.first else { return false }
    let type = builder.graph.type(of: input.value)
    let (name, channels) = (preprocessing.name, preprocessing.channelCount)
    let counts = [preprocessing.mean.count, preprocessing.standardDeviation.count]
    var problem: Diagnostic?
    if type.shape.rank != 4 || type.shape[1] != .fixed(channels) {
      problem = .preprocessingChannels(name, channels, input: input.name, type: type, at: range)
    } else if !counts.allSatisfy({ $0 == channels || $0 == 1 }) {
      problem = .preprocessingStatistics(name, channels, at: range)
    } else if let size = preprocessing.size {
      if size != [type.shape[2], type.shape[3]].compactMap(\.fixedExtent) {
        problem = .preprocessingSize(name, size, input: input.name, type: type, at: range)
      }
    } else if preprocessing.resize != nil {
      problem = .preprocessingNeedsCrop(name, at: range)
    }
    if let problem { report(problem) }
    return problem == nil
  }
}

extension Preprocessing {
  fileprivate var channelCount: Int { channels == .gray ? 1 : 3 }

  /// One mean or std stands for all channels.
  fileprivate mutating func spreadStatistics() {
    if mean.count == 1 { mean = Array(repeating: mean[0], count: channelCount) }
    if standardDeviation.count == 1 {
      standardDeviation = Array(repeating: standardDeviation[0], count: channelCount)
    }
  }

  /// The rows and columns that come out, where they do not depend on the picture.
  fileprivate var size: [Int]? {
    if let crop { return crop }
    if case .exact(let rows, let columns) = resize { return [rows, columns] }
    return nil
  }

  /// False where the value does not fit the key.
  fileprivate mutating func set(_ key: PreprocessingKey, _ value: Value) -> Bool {
    switch key {
    case .resize:
      if case .int(let side) = value, Self.sides.contains(side) {
        resize = .shorterSide(side)
      } else if let size = Self.size(value), case .list = value {
        resize = .exact(rows: size[0], columns: size[1])
      } else {
        return false
      }
    case .crop:
      guard let size = Self.size(value) else { return false }
      crop = size
    case .scale:
      guard let number = value.number, number != 0 else { return false }
      scale = number
    case .mean:
      guard let numbers = Self.numbers(value) else { return false }
      mean = numbers
    case .std:
      guard let numbers = Self.numbers(value), numbers.allSatisfy({ $0 > 0 }) else { return false }
      standardDeviation = numbers
    case .channels: return false
    }
    return true
  }

  /// Sides of pictures, in pixels; larger ones would not fit in memory.
  private static let sides = 1...65_536

  private static func size(_ value: Value) -> [Int]? {
    let sizes: [Int] =
      switch value {
      case .int(let side): [side, side]
      case .list(let elements): elements.compactMap { if case .int(let side) = $0 { side } else { nil } }
      default: []
      }
    return sizes.count == 2 && sizes.allSatisfy(sides.contains) ? sizes : nil
  }

  private static func numbers(_ value: Value) -> [Double]? {
    if let number = value.number { return [number] }
    guard case .list(let elements) = value, !elements.isEmpty else { return nil }
    let numbers = elements.compactMap(\.number)
    return numbers.count == elements.count ? numbers : nil
  }
}
