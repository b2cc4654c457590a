import GraphIR
import Tensors

/// A type [N, C, H, W] taken apart.
package struct FeatureMaps: Hashable, Sendable {
  package var batch: Dimension
  package var channels: Int
  package var size: Extent2D

  package init(batch: Dimension, channels: Int, size: Extent2D) {
    self.batch = batch
    self.channels = channels
    self.size = size
  }

  /// Throws where `type` is not f32 of rank 4 with fixed channels, rows and columns.
  package init(_ type: TensorType, of op: any Op.Type, operand: Int = 0, constraint: String = "C1") throws(OpError) {
    try type.checkFloat(of: op, operand: operand, constraint: constraint)
    let extents = type.shape.dimensions.dropFirst().compactMap(\.fixedExtent)
    guard type.shape.rank == 4, extents.count == 3 else {
      throw OpError(
        "\(op.mnemonic) needs an input of rank 4, [N, C, H, W]; got \(type)", constraint: constraint, operand: operand)
    }
    self.init(
      batch: type.shape[0], channels: extents[0], size: Extent2D(rows: extents[1], columns: extents[2]))
  }

  package var type: TensorType {
    TensorType(.f32, [batch, .fixed(channels), .fixed(size.rows), .fixed(size.columns)])
  }
}

extension TensorType {
  /// A single number, such as a loss.
  static let scalar = TensorType(.f32, [])

  /// The features of an input [N, C]. Throws where it is not of rank 2 and f32.
  func featureCount(of op: any Op.Type, operand: Int, constraint: String) throws(OpError) -> Int {
    try checkFloat(of: op, operand: operand, constraint: constraint)
    guard shape.rank == 2, let count = shape[1].fixedExtent else {
      throw OpError(
        "\(op.mnemonic) needs a tensor of rank 2, [N, C]; got \(self)", constraint: constraint, operand: operand)
    }
    return count
  }

  /// The channels of an input [N, C] or [N, C, H, W]. Throws where it is neither, of f32.
  func channelCount(of op: any Op.Type, operand: Int = 0, constraint: String = "C1") throws(OpError) -> Int {
    try checkFloat(of: op, operand: operand, constraint: constraint)
    guard [2, 4].contains(shape.rank), let channels = shape[1].fixedExtent else {
      throw OpError(
        "\(op.mnemonic) needs an input [N, C] or [N, C, H, W]; got \(self)", constraint: constraint, operand: operand)
    }
    return channels
  }

  /// Throws where the elements are not f32.
  func checkFloat(of op: any Op.Type, operand: Int, constraint: String) throws(OpError) {
    guard element == .f32 else {
      throw OpError("\(op.mnemonic) computes on f32; got \(self)", constraint: constraint, operand: operand)
    }
  }

  /// Throws where the type is not exactly `expected`; `what` is the operand's name, such as "bias".
  func check(
    _ expected: TensorType, as what: String, of op: any Op.Type, operand: Int, constraint: String
  ) throws(OpError) {
    guard self == expected else {
      throw OpError(
        "\(op.mnemonic) needs \(what) of type \(expected); got \(self)", constraint: constraint, operand: operand)
    }
  }
}

extension Op {
  /// Throws where the count of operands is another; only printed graphs and passes can get it wrong.
  static func checkCount(_ operands: [TensorType], _ expected: Int) throws(OpError) {
    guard operands.count == expected else {
      throw OpError("\(mnemonic) takes \(expected) operand\(expected == 1 ? "" : "s"); got \(operands.count)")
    }
  }
}
