import GraphIR
import Tensors

extension LayoutDemand {
  /// Blocks for feature maps; vectors lie as they are.
  static func ofFeatures(_ type: TensorType) -> LayoutDemand? { type.shape.rank == 4 ? LayoutDemand(.blocked) : nil }
}
