extension Kernel: CustomStringConvertible {
  /// The kernel as text, for people (docs/ir.md). Bindings and registers are numbered in the order in which they
  /// appear, so the text does not depend on how the kernel was built.
  package var description: String {
    var printer = KernelPrinter(buffers)
    printer.print(self)
    return printer.text
  }
}

/// Writes statements as lines of text, and names what they define.
struct KernelPrinter {
  private(set) var text = ""
  private var indentation = 0
  private let bufferNames: [String]
  private var bindingNumbers: [Int: Int] = [:]
  private var registerNumbers: [Int: Int] = [:]
  private var variableNames: [IndexVariable: String] = [.batch: "N", .chunk: "chunk"]

  init(_ buffers: [Buffer]) { bufferNames = buffers.map(\.name) }

  mutating func print(_ kernel: Kernel) {
    line("kernel \(kernel.name) {")
    indented { printer in
      for buffer in kernel.buffers { printer.line(printer.describe(buffer)) }
      printer.print(kernel.body)
    }
    line("}")
  }

  mutating func print(_ statements: [Statement]) {
    for statement in statements { print(statement) }
  }

  mutating func print(_ statement: Statement) {
    switch statement {
    case .loop(_, _, _, _, let body):
      line("\(head(of: statement)) {")
      indented { $0.print(body) }
      line("}")
    case .conditional(_, let first, let second):
      line("\(head(of: statement)) {")
      indented { $0.print(first) }
      if !second.isEmpty {
        line("} else {")
        indented { $0.print(second) }
      }
      line("}")
    case .bind, .assign, .store, .forgetLoads, .prefetch:
      line(head(of: statement))
    }
  }

  /// The statement without the bodies in it.
  mutating func head(of statement: Statement) -> String {
    switch statement {
    case .loop(let variable, let lower, let upper, let step, _):
      let bounds = "\(describe(lower)) ..< \(describe(upper))"
      return "for \(define(variable)) in \(bounds)\(step == 1 ? "" : " by \(step)")"
    case .conditional(let condition, _, _):
      return "if \(describe(condition.left)) \(condition.comparison.symbol) \(describe(condition.right))"
    case .bind(let binding, let expression):
      let value = describe(expression)
      return "let \(name(of: binding)): \(binding.type) = \(value)"
    case .assign(let register, let expression):
      let value = describe(expression)
      return "\(name(of: register)): \(register.type) := \(value)"
    case .store(let buffer, let index, let expression, let stride, let mask):
      return "\(element(of: buffer, at: index, stride, mask)) := \(describe(expression))"
    case .forgetLoads:
      return "forget loads"
    case .prefetch(let buffer, let index):
      return "prefetch \(element(of: buffer, at: index, 1, nil))"
    }
  }

  // MARK: Lines

  private mutating func line(_ content: String) {
    text += String(repeating: "  ", count: indentation) + content + "\n"
  }

  private mutating func indented(_ body: (inout KernelPrinter) -> Void) {
    indentation += 1
    body(&self)
    indentation -= 1
  }

  // MARK: Names

  private mutating func define(_ variable: IndexVariable) -> String {
    if let name = variableNames[variable] { return name }
    let taken = Set(variableNames.values)
    var name = variable.name
    var number = 2
    while taken.contains(name) {
      name = "\(variable.name)\(number)"
      number += 1
    }
    variableNames[variable] = name
    return name
  }

  private mutating func name(of binding: Binding) -> String {
    "%\(number(of: binding.id, in: &bindingNumbers))"
  }

  private mutating func name(of register: Register) -> String {
    "$\(number(of: register.id, in: &registerNumbers))"
  }

  // MARK: Buffers

  private func describe(_ buffer: Buffer) -> String {
    let overlap = buffer.aliasSet.map { ", overlaps set \($0)" } ?? ""
    return "buffer \(buffer.name): \(buffer.access.rawValue) \(buffer.element.rawValue), "
      + "aligned \(buffer.alignment)\(overlap)" + (buffer.isStreamed ? ", streamed" : "")
  }

  private mutating func element(of buffer: BufferID, at index: Index, _ stride: Int, _ mask: Expression?) -> String {
    let name = bufferNames.indices.contains(buffer.index) ? bufferNames[buffer.index] : "buffer#\(buffer.index)"
    let step = stride == 1 ? "" : " by \(stride)"
    let condition = mask.map { " where \(describe($0))" } ?? ""
    return "\(name)[\(describe(index))\(step)\(condition)]"
  }

  // MARK: Indices

  mutating func describe(_ index: Index) -> String {
    switch index {
    case .constant(let value): String(value)
    case .variable(let variable): define(variable)
    case .sum(let a, .constant(let value)) where value < 0 && value != .min: "\(describe(a)) - \(-value)"
    case .sum(let a, let b): "\(describe(a)) + \(describe(b))"
    case .difference(let a, let b): "\(describe(a)) - \(factor(b))"
    case .product(let a, let b): "\(factor(a)) * \(factor(b))"
    case .quotient(let a, let b): "\(factor(a)) / \(b)"
    case .remainder(let a, let b): "\(factor(a)) % \(b)"
    case .minimum(let a, let b): "min(\(describe(a)), \(describe(b)))"
    case .maximum(let a, let b): "max(\(describe(a)), \(describe(b)))"
    }
  }

  /// In parentheses, unless it binds tighter than any operator.
  private mutating func factor(_ index: Index) -> String {
    switch index {
    case .constant(let value) where value < 0: "(\(value))"
    case .constant, .variable, .minimum, .maximum: describe(index)
    case .sum, .difference, .product, .quotient, .remainder: "(\(describe(index)))"
    }
  }

  // MARK: Expressions

  mutating func describe(_ expression: Expression) -> String {
    switch expression {
    case .constant(let number, let type): "\(type)(\(describe(number)))"
    case .bound(let binding): name(of: binding)
    case .register(let register): name(of: register)
    case .index(let index): "index(\(describe(index)))"
    case .load(let buffer, let index, let type, let stride, let mask):
      "\(type) \(element(of: buffer, at: index, stride, mask))"
    case .splat(let scalar, let lanes): "splat(\(describe(scalar)), \(lanes))"
    case .unary(let operation, let a): "\(operation.name)(\(describe(a)))"
    case .binary(let operation, let a, let b): describe(operation, a, b)
    case .fusedMultiplyAdd(let a, let b, let c): "fma(\(describe(a)), \(describe(b)), \(describe(c)))"
    case .compare(let comparison, let a, let b): "\(operand(a)) \(comparison.symbol) \(operand(b))"
    case .select(let mask, let a, let b): "select(\(describe(mask)), \(describe(a)), \(describe(b)))"
    case .convert(let a, let scalar): "convert(\(describe(a)), \(scalar.rawValue))"
    case .bitcast(let a, let scalar): "bitcast(\(describe(a)), \(scalar.rawValue))"
    case .shuffle(let lanes, let a, let b): "shuffle(\(lanes), \(describe(a)), \(describe(b)))"
    case .reduce(let reduction, let a): "reduce(\(reduction.name), \(describe(a)))"
    case .dot(let accumulator, let a, let b): "dot(\(describe(accumulator)), \(describe(a)), \(describe(b)))"
    case .firstLanes(let count, let lanes): "first(\(describe(count)), \(lanes))"
    }
  }

  private func describe(_ number: Double) -> String {
    // Whole numbers that a Double holds exactly need no fraction.
    number == number.rounded() && abs(number) < 0x1p53 && !(number == 0 && number.sign == .minus)
      ? String(Int(number)) : String(number)
  }

  private mutating func describe(_ operation: BinaryOperator, _ a: Expression, _ b: Expression) -> String {
    guard let symbol = operation.symbol else { return "\(operation.name)(\(describe(a)), \(describe(b)))" }
    return "\(operand(a)) \(symbol) \(operand(b))"
  }

  /// In parentheses, where it is itself infix.
  private mutating func operand(_ expression: Expression) -> String {
    switch expression {
    case .binary(let operation, _, _) where operation.symbol != nil: "(\(describe(expression)))"
    case .compare, .load: "(\(describe(expression)))"
    default: describe(expression)
    }
  }
}

/// The number of `id`: the next one, where it has none.
private func number(of id: Int, in numbers: inout [Int: Int]) -> Int {
  if let known = numbers[id] { return known }
  numbers[id] = numbers.count
  return numbers.count - 1
}
