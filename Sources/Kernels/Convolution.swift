import LoopIR

/// A convolution of one image, as a problem for the code generator: everything that the kernel's code depends on,
/// and nothing else, so that equal problems share a kernel.
///
/// The output is blocked by the machine's lanes; the input is blocked, or plain where it has few channels. The input
/// needs a column halo of `requiredHalo`; rows are clipped by loop bounds, so that taps on padding rows cost nothing.
package struct Convolution: Hashable, Sendable {
  package var input: ImageLayout
  package var output: ImageLayout
  package var kernelRows: Int
  package var kernelColumns: Int
  package var rowStride: Int
  package var columnStride: Int
  package var rowDilation: Int
  package var columnDilation: Int
  package var paddingTop: Int
  package var paddingLeft: Int
  package var groups: Int
  package var epilogue: Epilogue
  /// How the weights lie in memory where they are trained; nil: in the order of the schedule's tiles (FilterPacking).
  package var filter: FilterLayout?
  /// What products are added up in.
  package var sums = ScalarType.f32
  package var rowPhase: Phase = .all
  package var columnPhase: Phase = .all

  package init(
    input: ImageLayout, output: ImageLayout, kernel: (rows: Int, columns: Int),
    stride: (rows: Int, columns: Int) = (1, 1), dilation: (rows: Int, columns: Int) = (1, 1),
    padding: (top: Int, left: Int) = (0, 0), groups: Int = 1, epilogue: Epilogue, filter: FilterLayout? = nil
  ) {
    self.input = input
    self.output = output
    kernelRows = kernel.rows
    kernelColumns = kernel.columns
    rowStride = stride.rows
    columnStride = stride.columns
    rowDilation = dilation.rows
    columnDilation = dilation.columns
    paddingTop = padding.top
    paddingLeft = padding.left
    self.groups = groups
    self.epilogue = epilogue
    self.filter = filter
  }

  /// Columns of zeros that the input must have on each side.
  package static func requiredHalo(
    columns: Int, outputColumns: Int, kernel: Int, stride: Int, dilation: Int, paddingLeft: Int
  ) -> Int {
    let lastRead = (outputColumns - 1) * stride - paddingLeft + (kernel - 1) * dilation
    return max(0, paddingLeft, lastRead - (columns - 1))
  }

  /// Multiply-adds for one image, taps on padding included.
  package var multiplyAdds: Int {
    output.channels * outputRows * outputColumns * kernelRows * kernelColumns * (input.channels / groups)
  }

  /// Output rows and columns that are computed: those of the phases.
  package var outputRows: Int { rowPhase.count(of: output.rows) }
  package var outputColumns: Int { columnPhase.count(of: output.columns) }
}
