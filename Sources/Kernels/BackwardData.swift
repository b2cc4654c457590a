/// The gradient of a convolution's input: each input collects from the outputs that it reached, through the transposed
/// filter.
///
/// Where the stride is 1 it is a convolution of the outputs' gradient. Where it is s, inputs at row i mod s and column
/// j mod s read the same few taps: each such phase is a convolution of stride 1 whose outputs stand s apart. Inputs that
/// no tap reaches get zeros, and the residual.
package struct BackwardData: Hashable, Sendable {
  /// The gradient of the convolution's output, blocked, with columns of zeros on each side: `requiredHalo` of them.
  package var gradient: ImageLayout
  /// The result, blocked.
  package var output: ImageLayout
  /// The transposed filter, `FilterLayout.transposed` of the convolution's own.
  package var filter: FilterLayout
  package var groups: Int
  package var rows: Convolution.Axis
  package var columns: Convolution.Axis
  /// Layout of another gradient of the same value, which is added.
  package var residual: ImageLayout?

  package init(
    gradient: ImageLayout, output: ImageLayout, filter: FilterLayout, rows: Convolution.Axis, columns: Convolution.Axis,
    groups: Int = 1, residual: ImageLayout? = nil
  ) {
    self.gradient = gradient
    self.output = output
    self.filter = filter
    self.groups = groups
    self.rows = rows
    self.columns = columns
    self.residual = residual
  }

  /// Columns of zeros that the gradient must have on each side, for inputs of `inputColumns`.
  package static func requiredHalo(gradientColumns: Int, inputColumns: Int, axis: Convolution.Axis) -> Int {
    axis.phases.map { phase, taps in
      let count = phase.count(of: inputColumns)
      guard count > 0, taps.count > 0 else { return 0 }
      return Convolution.requiredHalo(
        columns: gradientColumns, outputColumns: count, kernel: taps.count, stride: 1, dilation: taps.dilation,
        paddingLeft: taps.paddingBefore)
    }.max() ?? 0
  }

  /// The one convolution of the outputs' gradient that it is, where the stride is 1.
  package var convolution: Convolution? {
    let phases = phases
    return phases.count == 1 && phases[0].count == 1 ? phases[0][0] : nil
  }

  /// How the kernel's loops run: those of the phases of one output.
  package func schedule(machine: Machine, largestBatch: Int) -> Convolution.Schedule {
    let phases = phases
    // The phase with the most taps tells which tile is best, if its rows are as long as the longest.
    let heaviest = phases.joined().max { $0.kernelRows * $0.kernelColumns < $1.kernelRows * $1.kernelColumns }
    var problem = phases[0][0]
    (problem.kernelRows, problem.kernelColumns) = (heaviest?.kernelRows ?? 1, heaviest?.kernelColumns ?? 1)
    return problem.schedule(machine: machine, largestBatch: largestBatch)
  }

  /// Chunks for each group of `schedule.imagesPerChunk` images.
  package func chunksPerGroup(_ schedule: Convolution.Schedule) -> Int { phases[0][0].chunksPerGroup(schedule) }

  /// Multiply-adds for one image.
  package var multiplyAdds: Int { phases.joined().map(\.multiplyAdds).reduce(0, +) }
}
