import GraphIR
import Kernels
import Tensors

extension ConvInputGradient: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? {
    guard operand == 0 else { return LayoutDemand(.transposedFilter) }
    let halo = BackwardData.requiredHalo(
      gradientColumns: site.layout(0).columns, inputColumns: size.columns, axis: axes(at: site).columns)
    return LayoutDemand(.blocked, columnHalo: halo)
  }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    guard let filter = site.filter(1) else { throw .untrained(Self.self) }
    let axes = axes(at: site)
    let problem = BackwardData(
      gradient: site.layout(0), output: site.resultLayout, filter: filter, rows: axes.rows, columns: axes.columns)
    let machine = site.machine
    let schedule = problem.schedule(machine: machine, largestBatch: site.largestBatch)
    return LoweredStep(
      key: Scheduled(problem: problem, schedule: schedule),
      kernelName: "convInputGradient_\(problem.gradient.channels)_\(problem.output.channels)",
      operands: [.operand(0), .operand(1), .result], chunksPerGroup: problem.chunksPerGroup(schedule),
      imagesPerGroup: schedule.imagesPerChunk
    ) { problem.kernel(named: $0, schedule: schedule, machine: machine) }
  }

  private func axes(at site: LoweringSite) -> (rows: BackwardData.Axis, columns: BackwardData.Axis) {
    geometry.axes(kernel: site.operandTypes[1])
  }
}

extension ConvolutionGeometry {
  /// The convolution along rows and along columns, as kernels of the backward pass see it.
  func axes(kernel: TensorType) -> (rows: BackwardData.Axis, columns: BackwardData.Axis) {
    let kernel = Extent2D(kernel.shape.dimensions.suffix(2).compactMap(\.fixedExtent))
    return (
      BackwardData.Axis(
        kernel: kernel.rows, stride: stride.rows, dilation: dilation.rows, paddingBefore: padding.top),
      BackwardData.Axis(
        kernel: kernel.columns, stride: stride.columns, dilation: dilation.columns, paddingBefore: padding.left)
    )
  }
}

/// A problem with its schedule: what a kernel's code depends on.
struct Scheduled<Problem: Hashable & Sendable, Schedule: Hashable & Sendable>: Hashable, Sendable {
  var problem: Problem
  var schedule: Schedule
}

extension OpError {
  /// A gradient with a weight that is a constant.
  static func untrained(_ op: any Op.Type) -> OpError {
    OpError("'\(op.mnemonic)' is compiled in programs that train their parameters only")
  }
}
