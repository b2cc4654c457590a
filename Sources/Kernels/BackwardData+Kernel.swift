import LoopIR

extension BackwardData {
  /// The kernel: one chunk is a band of rows by some tiles of channels, for some images.
  /// Operands: gradient, transposed filter, residual (if there is one), output.
  package func kernel(named name: String, schedule: Convolution.Schedule, machine: Machine) -> Kernel {
    Convolution.kernel(named: name, ofPhases: phases, schedule: schedule, machine: machine)
  }

  /// The convolutions that make up the result, by row phase and column phase.
  var phases: [[Convolution]] {
    rows.phases.filter { $0.phase.count(of: output.rows) > 0 }.map { rowPhase, rowTaps in
      columns.phases.filter { $0.phase.count(of: output.columns) > 0 }.map { columnPhase, columnTaps in
        var convolution = Convolution(
          input: gradient, output: output, kernel: (rowTaps.count, columnTaps.count),
          dilation: (rowTaps.dilation, columnTaps.dilation),
          padding: (rowTaps.paddingBefore, columnTaps.paddingBefore), groups: groups,
          epilogue: Epilogue(hasBias: false, residual: residual), filter: filter)
        convolution.rowPhase = rowPhase
        convolution.columnPhase = columnPhase
        return convolution
      }
    }
  }
}

extension Convolution.Axis {
  /// The taps of a phase, as a convolution of stride 1 along the axis.
  struct Taps {
    var count: Int
    var dilation: Int
    var paddingBefore: Int
  }

  /// The phases of the inputs, each with its taps.
  ///
  /// Input i = stride * t + phase reads, through tap k of the transposed filter, output
  /// (i + paddingBefore - (kernel - 1 - k) * dilation) / stride, where that divides evenly: for no k, or for every
  /// (stride / g)-th with g the greatest common divisor of stride and dilation. From one such k to the next the output
  /// moves by dilation / g, and from one t to the next by 1.
  var phases: [(phase: Convolution.Phase, taps: Taps)] {
    let divisor = greatestCommonDivisor(stride, dilation)
    let tapStep = stride / divisor
    return (0..<stride).map { first in
      func reach(_ tap: Int) -> Int { first + paddingBefore - (kernel - 1 - tap) * dilation }
      let firstTap = (0..<min(kernel, tapStep)).first { reach($0) % stride == 0 }
      let phase = Convolution.Phase(first: first, step: stride, firstTap: firstTap ?? 0, tapStep: tapStep)
      guard let firstTap else { return (phase, Taps(count: 0, dilation: 1, paddingBefore: 0)) }
      return (
        phase,
        Taps(
          count: (kernel - firstTap + tapStep - 1) / tapStep, dilation: dilation / divisor,
          paddingBefore: -(reach(firstTap) / stride))
      )
    }
  }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
