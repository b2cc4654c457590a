import OrderedCollections

/// The value of one attribute in a printed graph.
package enum Attribute: Hashable, Sendable {
  case int(Int)
  case ints([Int])
  case float(Double)
  case bool(Bool)
  /// A bare word, such as `relu`.
  case symbol(String)
}

extension Attribute: CustomStringConvertible {
  /// As it is printed in a graph.
  package var description: String {
    switch self {
    case .int(let value): "\(value)"
    case .ints(let values): "\(values)"
    case .float(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .symbol(let word): word
    }
  }
}

/// An op's attributes by name, in printed order.
package typealias Attributes = OrderedDictionary<String, Attribute>

extension Attributes {
  /// Appends an attribute, but not one that holds its default.
  package mutating func append(_ name: String, _ value: Attribute, default defaultValue: Attribute) {
    if value != defaultValue { self[name] = value }
  }
}
