import LoopIR

/// A step of stochastic gradient descent with momentum over a parameter's elements, padding included: zeros stay zeros.
/// g = gradient + decay weight; v' = momentum v + g; weight' = weight - rate v', or with Nesterov's momentum
/// weight - rate (g + momentum v').
package struct SGDKernel: Hashable, Sendable {
  /// Whole vectors of elements.
  package var elementCount: Int
  package var momentum: Double
  package var decay: Double
  package var isNesterov: Bool
  package var lanes: Int

  package init(elementCount: Int, momentum: Double, decay: Double, isNesterov: Bool, lanes: Int) {
    precondition(elementCount % lanes == 0, "whole vectors")
    self.elementCount = elementCount
    self.momentum = momentum
    self.decay = decay
    self.isNesterov = isNesterov
    self.lanes = lanes
  }

  /// Elements of one chunk.
  private static let elementsPerChunk = 16384
  private static let unrolledVectors = 4

  /// Chunks, whatever the batch.
  package var chunkCount: Int { (elementCount + Self.elementsPerChunk - 1) / Self.elementsPerChunk }

  /// The kernel: one chunk is some elements. Operands: weight, gradient, momentum, learning rate (one f32), weight',
  /// momentum'; the results may take the places of weight and momentum.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let weight = builder.buffer("weight", .f32, .read, aliasSet: 0)
    let gradient = builder.buffer("gradient", .f32, .read)
    let velocity = builder.buffer("momentum", .f32, .read, aliasSet: 1)
    let rate = builder.buffer("learningRate", .f32, .read, alignment: 4)
    let newWeight = builder.buffer("newWeight", .f32, .write, aliasSet: 0)
    let newVelocity = builder.buffer("newMomentum", .f32, .write, aliasSet: 1)
    let type = ValueType.f32(lanes)
    let step = builder.bind(.splat(.unary(.negate, builder.load(rate, at: 0)), lanes: lanes))
    func emit(at place: Index, in builder: inout KernelBuilder) {
      let old = builder.bind(builder.load(weight, at: place, lanes: lanes))
      let slope = builder.bind(
        .fusedMultiplyAdd(old, .constant(decay, type), builder.load(gradient, at: place, lanes: lanes)))
      let new = builder.bind(
        .fusedMultiplyAdd(builder.load(velocity, at: place, lanes: lanes), .constant(momentum, type), slope))
      let direction = isNesterov ? Expression.fusedMultiplyAdd(new, .constant(momentum, type), slope) : new
      builder.store(new, to: newVelocity, at: place)
      builder.store(.fusedMultiplyAdd(direction, step, old), to: newWeight, at: place)
    }
    let first = Index.chunk * .constant(Self.elementsPerChunk)
    let last = Index.min(first + .constant(Self.elementsPerChunk), .constant(elementCount))
    let width = Self.unrolledVectors * lanes
    let whole = (last - first) / width
    builder.loop("vectors", to: whole) { builder, index in
      for number in 0..<Self.unrolledVectors {
        emit(at: first + index * .constant(width) + .constant(number * lanes), in: &builder)
      }
    }
    builder.loop("element", from: first + whole * .constant(width), to: last, step: lanes) { emit(at: $1, in: &$0) }
    return builder.kernel(named: name)
  }
}
