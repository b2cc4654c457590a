/// A statement of the loop program.
package indirect enum Statement: Hashable, Sendable {
  /// Counts from `lower` up to, not including, `upper`; runs no time where that is empty.
  case loop(IndexVariable, from: Index, to: Index, step: Int, [Statement])
  /// The same way for every lane.
  case conditional(Condition, then: [Statement], else: [Statement])
  case bind(Binding, Expression)
  case assign(Register, Expression)
  /// Lanes go to elements `at`, `at + stride`, ...; those that the mask leaves out are not written.
  case store(BufferID, at: Index, Expression, stride: Int, mask: Expression?)
  /// Loads that follow read memory again, though the same was loaded before: as operands of arithmetic they cost less
  /// than the registers that would keep what they read.
  case forgetLoads
  /// A hint that the line of memory with this element, which may be outside of the buffer, will be read, or written,
  /// before long.
  case prefetch(BufferID, at: Index)
}

/// A comparison of indices.
package struct Condition: Hashable, Sendable {
  package var left: Index
  package var comparison: Comparison
  package var right: Index

  package init(_ left: Index, _ comparison: Comparison, _ right: Index) {
    self.left = left
    self.comparison = comparison
    self.right = right
  }
}

/// Memory that a kernel is given.
package struct Buffer: Hashable, Sendable {
  package enum Access: String, Hashable, Sendable { case read, write, update }

  package var name: String
  package var element: ScalarType
  package var access: Access
  /// What its address is a multiple of, in bytes.
  package var alignment: Int
  /// Buffers overlap only within one set; nil: with none.
  package var aliasSet: Int?
  /// A hint that caches would not keep what is written until it is read: whole aligned vectors go past them to memory,
  /// which then does not read a line in order to write it.
  package var isStreamed: Bool

  package init(
    _ name: String, _ element: ScalarType, _ access: Access, alignment: Int = 64, aliasSet: Int? = nil,
    isStreamed: Bool = false
  ) {
    self.name = name
    self.element = element
    self.access = access
    self.alignment = alignment
    self.aliasSet = aliasSet
    self.isStreamed = isStreamed
  }
}

/// A loop program: what one chunk of a step does. It knows no threads; chunks of one step run in any order.
package struct Kernel: Hashable, Sendable {
  package var name: String
  package var buffers: [Buffer]
  package var body: [Statement]

  package init(name: String, buffers: [Buffer], body: [Statement]) {
    self.name = name
    self.buffers = buffers
    self.body = body
  }
}
