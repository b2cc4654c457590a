import LLVMKit
import LoopIR

/// The nested bodies around the point of emission, the variables in reach, and the index arithmetic that has been
/// emitted in each body, to be used again by what it dominates.
struct IndexScopes {
  /// A pointer, and the power of two that it is a multiple of.
  struct Pointer {
    var value: Value
    var alignment: Int
  }

  struct PointerKey: Hashable {
    var buffer: BufferID
    var terms: [LinearIndex.Term]
  }

  struct Scope {
    /// The block that ends with the branch into the next scope; nil for the innermost.
    var branchingBlock: Block?
    var atoms: [Index: Value] = [:]
    var sums: [[LinearIndex.Term]: Value] = [:]
    var pointers: [PointerKey: Pointer] = [:]
  }

  private struct Variable {
    var value: Value
    /// The position of the scope that defines it.
    var level: Int
    var divisor: Int
  }

  var scopes: [Scope] = []
  private var variables: [IndexVariable: Variable] = [:]
  private var linearForms: [Index: LinearIndex] = [:]

  var innermost: Int { scopes.count - 1 }

  /// `before` ends with the branch into the new scope.
  mutating func enterScope(below before: Block? = nil) {
    if !scopes.isEmpty { scopes[innermost].branchingBlock = before }
    scopes.append(Scope())
  }

  mutating func leaveScope() {
    scopes.removeLast()
    scopes[innermost].branchingBlock = nil
  }

  mutating func define(_ variable: IndexVariable, as value: Value, multipleOf divisor: Int = 1) {
    variables[variable] = Variable(value: value, level: innermost, divisor: divisor)
  }

  func value(of variable: IndexVariable) -> Value? { variables[variable]?.value }

  /// The outermost scope that knows all variables of the index.
  func level(of index: Index) -> Int {
    switch index {
    case .constant: 0
    case .variable(let variable): variables[variable]?.level ?? 0
    case .sum(let a, let b), .difference(let a, let b), .product(let a, let b), .minimum(let a, let b),
      .maximum(let a, let b):
      Swift.max(level(of: a), level(of: b))
    case .quotient(let a, _), .remainder(let a, _): level(of: a)
    }
  }

  /// The linear form, its terms from the outermost scope to the innermost.
  mutating func linearForm(of index: Index) -> LinearIndex {
    if let known = linearForms[index] { return known }
    var form = LinearIndex(index)
    form.sortTerms { level(of: $0.atom) }
    linearForms[index] = form
    return form
  }

  /// A power of two that surely divides the index.
  func powerOfTwoDivisor(of index: Index) -> Int {
    switch index {
    case .constant(let value): lowestBit(value)
    case .variable(let variable): variables[variable]?.divisor ?? 1
    case .sum(let a, let b), .difference(let a, let b), .minimum(let a, let b), .maximum(let a, let b):
      Swift.min(powerOfTwoDivisor(of: a), powerOfTwoDivisor(of: b))
    case .product(let a, let b): Swift.min(powerOfTwoDivisor(of: a) * powerOfTwoDivisor(of: b), largestDivisor)
    case .remainder(let a, let divisor): Swift.min(powerOfTwoDivisor(of: a), lowestBit(divisor))
    case .quotient: 1
    }
  }

  func powerOfTwoDivisor(of term: LinearIndex.Term) -> Int {
    Swift.min(powerOfTwoDivisor(of: term.atom) * lowestBit(term.coefficient), largestDivisor)
  }
}

/// No alignment greater than a page is of use, and the product of two such cannot overflow.
private let largestDivisor = 4096

/// The largest power of two that divides the number, up to a page; that of zero is a page.
func lowestBit(_ value: Int) -> Int { value == 0 ? largestDivisor : Swift.min(value & -value, largestDivisor) }
