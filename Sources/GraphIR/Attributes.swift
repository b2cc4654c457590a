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

/// An op's attributes by name, in printed order.
package typealias Attributes = OrderedDictionary<String, Attribute>
