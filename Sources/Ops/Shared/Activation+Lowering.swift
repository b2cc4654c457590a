import Kernels

extension Activation {
  /// The same function as kernels apply it.
  var lowered: Epilogue.Activation {
    switch self {
    case .none: .none
    case .relu: .relu
    case .clip(let low, let high): .clip(low: low, high: high)
    case .prelu: .prelu
    }
  }
}
