/// One extent of a tensor: a number, or the batch size `N`, which is known when a model runs.
package enum Dimension: Hashable, Sendable {
  case fixed(Int)
  case batch

  /// The extent for a batch of `batch` images.
  package func resolved(batch: Int) -> Int {
    switch self {
    case .fixed(let extent): extent
    case .batch: batch
    }
  }

  /// The extent, where it does not depend on the batch.
  package var fixedExtent: Int? {
    if case .fixed(let extent) = self { extent } else { nil }
  }
}

extension Dimension: CustomStringConvertible, ExpressibleByIntegerLiteral {
  package init(integerLiteral value: Int) { self = .fixed(value) }

  package var description: String {
    switch self {
    case .fixed(let extent): "\(extent)"
    case .batch: "N"
    }
  }
}

/// The extents of a tensor, outermost first. Only the first may be the batch size.
package struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  package var dimensions: [Dimension]

  package init(_ dimensions: [Dimension]) { self.dimensions = dimensions }
  package init(fixed extents: [Int]) { dimensions = extents.map(Dimension.fixed) }
  package init(arrayLiteral elements: Dimension...) { dimensions = elements }

  package var rank: Int { dimensions.count }
  package var isBatched: Bool { dimensions.first == .batch }

  package subscript(axis: Int) -> Dimension {
    get { dimensions[axis] }
    set { dimensions[axis] = newValue }
  }

  package func resolved(batch: Int) -> [Int] { dimensions.map { $0.resolved(batch: batch) } }

  /// Elements of one image of a batched shape, or of the whole of a fixed one; nil where the product overflows.
  package var elementCountPerImage: Int? {
    var product = 1
    for case .fixed(let extent) in dimensions {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      product = next
    }
    return product
  }

  package var description: String { "[" + dimensions.map(\.description).joined(separator: ", ") + "]" }
}
