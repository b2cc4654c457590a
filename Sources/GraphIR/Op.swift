import Tensors

/// An operation on tensors: a value type that holds its attributes. Each lives in a folder of its own in Ops, with
/// its rules beside it, and is listed once in `OpRegistry`.
///
/// A conforming type documents its constraints, numbered (C1), (C2), ...; code and tests cite the numbers.
package protocol Op: Sendable, Hashable {
  /// The op's name in printed graphs, such as `conv`.
  static var mnemonic: String { get }

  /// The attributes in printed order; those that hold their default may be left out.
  var attributes: Attributes { get }

  /// Reads attributes as printed. Throws where one is missing, unknown or out of range.
  init(attributes: Attributes) throws(OpError)

  /// The types of the results. Throws where operands or attributes break a constraint. The operands are within
  /// `SizeLimit`; attributes may hold anything.
  func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType]

  /// The op's meaning, written to be read, in f64. Operands have the types that `resultTypes` accepted, with the
  /// batch resolved. Matrix products go through `gemm`.
  func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor]

  /// Multiply-adds for one image, as the papers count them: convolutions and linear layers.
  func multiplyAdds(_ operands: [TensorType], _ results: [TensorType]) -> Int

  /// Appends the nodes that compute the gradient of each operand of `node`, which has one result, given `dy`, that of
  /// its result. The answer has one entry an operand, nil where it has none. Throws where the op has no gradient.
  func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?]
}

extension Op {
  package func multiplyAdds(_ operands: [TensorType], _ results: [TensorType]) -> Int { 0 }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    throw OpError("'\(Self.mnemonic)' has no gradient")
  }
}

/// What is wrong with an op's operands or attributes, in words for the author of the network.
package struct OpError: Error, Hashable, Sendable {
  package var message: String
  /// The numbered constraint that is broken, such as `C2`.
  package var constraint: String?
  /// The operand at fault, for a caret.
  package var operand: Int?

  package init(_ message: String, constraint: String? = nil, operand: Int? = nil) {
    self.message = message
    self.constraint = constraint
    self.operand = operand
  }
}

/// C = A·B in f64, row-major; supplied by the reference engine, so that ops import no BLAS.
package protocol MatrixMultiply: Sendable {
  /// `a` is rows x inner, `b` inner x columns; returns rows x columns.
  func multiply(_ a: [Double], _ b: [Double], rows: Int, inner: Int, columns: Int) -> [Double]
}
