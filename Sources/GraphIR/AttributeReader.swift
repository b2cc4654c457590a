/// Takes an op's attributes one by one from their printed form, and complains of those that are missing, of another
/// kind, or not taken in the end. Ranges are not its business: `Op.resultTypes` checks them, however an op was made.
package struct AttributeReader {
  private let mnemonic: String
  private var remaining: Attributes

  package init(_ attributes: Attributes, of op: any Op.Type) {
    mnemonic = op.mnemonic
    remaining = attributes
  }

  package mutating func int(_ name: String, default defaultValue: Int? = nil) throws(OpError) -> Int {
    switch remaining.removeValue(forKey: name) {
    case .int(let value): return value
    case nil: return try required(defaultValue, name)
    case let other?: throw mismatch(name, "an integer", other)
    }
  }

  /// - Parameter count: How many there must be; nil: any number.
  package mutating func ints(
    _ name: String, count: Int? = nil, default defaultValue: [Int]? = nil
  ) throws(OpError) -> [Int] {
    switch remaining.removeValue(forKey: name) {
    case .ints(let values) where values.count == count ?? values.count: return values
    case nil: return try required(defaultValue, name)
    case let other?: throw mismatch(name, "a list of \(count.map { "\($0) " } ?? "")integers", other)
    }
  }

  package mutating func float(_ name: String, default defaultValue: Double? = nil) throws(OpError) -> Double {
    switch remaining.removeValue(forKey: name) {
    case .float(let value): return value
    case .int(let value): return Double(value)
    case nil: return try required(defaultValue, name)
    case let other?: throw mismatch(name, "a number", other)
    }
  }

  package mutating func bool(_ name: String, default defaultValue: Bool? = nil) throws(OpError) -> Bool {
    switch remaining.removeValue(forKey: name) {
    case .bool(let value): return value
    case nil: return try required(defaultValue, name)
    case let other?: throw mismatch(name, "true or false", other)
    }
  }

  package mutating func symbol(_ name: String, default defaultValue: String? = nil) throws(OpError) -> String {
    switch remaining.removeValue(forKey: name) {
    case .symbol(let value): return value
    case nil: return try required(defaultValue, name)
    case let other?: throw mismatch(name, "a word", other)
    }
  }

  /// Call it last: throws where an attribute was not taken.
  package func finish() throws(OpError) {
    guard let name = remaining.keys.first else { return }
    throw OpError("'\(mnemonic)' has no attribute '\(name)'")
  }

  private func required<Value>(_ value: Value?, _ name: String) throws(OpError) -> Value {
    guard let value else { throw OpError("'\(mnemonic)' needs the attribute '\(name)'") }
    return value
  }

  private func mismatch(_ name: String, _ expected: String, _ found: Attribute) -> OpError {
    OpError("attribute '\(name)' of '\(mnemonic)' is \(expected); got \(found)")
  }
}
