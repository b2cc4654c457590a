import Kernels
import TestSupport

/// A convolution that is trained: its extents, its operands, and what its gradients must be.
struct BackwardProblem: CustomStringConvertible {
  let input: ImageLayout
  let gradient: ImageLayout
  let rows: Convolution.Axis
  let columns: Convolution.Axis
  let filter: FilterLayout
  let groups: Int
  let batch: Int

  var description: String {
    "\(input) to \(gradient), rows \(rows), columns \(columns), \(groups) groups, batch \(batch)"
  }

  /// Small, and odd in every way.
  init(random generator: inout SeededGenerator, lanes: Int, mayBePlain: Bool = false) {
    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func axis() -> (axis: Convolution.Axis, input: Int, output: Int) {
      let axis = Convolution.Axis(
        kernel: random(1...4), stride: random(1...3), dilation: random(1...3), paddingBefore: random(0...3))
      let after = random(0...2)
      let reach = (axis.kernel - 1) * axis.dilation + 1
      let least = max(1, reach - axis.paddingBefore - after)
      let input = random(least...least + 7)
      return (axis, input, (input + axis.paddingBefore + after - reach) / axis.stride + 1)
    }
    let (rows, columns) = (axis(), axis())
    var (inputs, outputs) = (random(1...11), random(1...14))
    switch random(0...5) {
    case 0:
      // Narrow groups, of lanes.
      let width = [1, 2, lanes / 2][random(0...2)]
      groups = random(2...5)
      (inputs, outputs) = (width * groups, width * groups)
    case 1:
      // Groups of whole vectors.
      groups = 2
      (inputs, outputs) = (groups * lanes, groups * lanes * (lanes < 8 ? 2 : 1))
    default: groups = 1
    }
    let isPlain = mayBePlain && inputs <= 4 && groups == 1
    (self.rows, self.columns) = (rows.axis, columns.axis)
    let inputHalo = Convolution.requiredHalo(
      columns: columns.input, outputColumns: columns.output, kernel: columns.axis.kernel, stride: columns.axis.stride,
      dilation: columns.axis.dilation, paddingLeft: columns.axis.paddingBefore)
    input = ImageLayout(
      channels: inputs, rows: rows.input, columns: columns.input, channelBlock: isPlain ? 1 : lanes,
      columnHalo: inputHalo + random(0...1))
    let halo = BackwardData.requiredHalo(
      gradientColumns: columns.output, inputColumns: columns.input, axis: columns.axis)
    gradient = ImageLayout(
      channels: outputs, rows: rows.output, columns: columns.output, channelBlock: lanes,
      columnHalo: halo + random(0...1))
    filter = FilterLayout(
      outputs: outputs, inputs: inputs / groups, kernelRows: rows.axis.kernel, kernelColumns: columns.axis.kernel,
      inputBlock: min(inputs / groups, lanes), lanes: lanes)
    batch = random(1...3)
  }

  /// A kernel of 3x3 with strides up to 2 on a small map, odd in every other way.
  init(kernel3x3 generator: inout SeededGenerator, lanes: Int) {
    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func axis() -> (axis: Convolution.Axis, input: Int, output: Int) {
      let (stride, before, after) = (random(1...2), random(0...2), random(0...2))
      let axis = Convolution.Axis(kernel: 3, stride: stride, paddingBefore: before)
      let input = max(random(1...stride * 11), 3 - before - after)
      return (axis, input, (input + before + after - 3) / stride + 1)
    }
    let (rows, columns) = (axis(), axis())
    let (inputs, outputs) = (random(1...2 * lanes + 1), random(1...2 * lanes + 1))
    func image(_ channels: Int, _ rows: Int, _ columns: Int, halo: Int) -> ImageLayout {
      ImageLayout(channels: channels, rows: rows, columns: columns, channelBlock: lanes, columnHalo: halo)
    }
    (self.rows, self.columns, groups) = (rows.axis, columns.axis, 1)
    input = image(inputs, rows.input, columns.input, halo: random(0...2))
    gradient = image(outputs, rows.output, columns.output, halo: random(0...2))
    filter = FilterLayout(
      outputs: outputs, inputs: inputs, kernelRows: 3, kernelColumns: 3, inputBlock: min(inputs, lanes), lanes: lanes)
    batch = random(1...4)
  }

  /// Visits every product of the convolution: image, output channel, row and column, input channel, row and column, tap
  /// row and column.
  func forEachProduct(_ visit: (_ output: [Int], _ input: [Int], _ weight: [Int]) -> Void) {
    for image in 0..<batch {
      for row in 0..<gradient.rows {
        for column in 0..<gradient.columns {
          for tapRow in 0..<rows.kernel {
            for tapColumn in 0..<columns.kernel {
              let inputRow = row * rows.stride + tapRow * rows.dilation - rows.paddingBefore
              let inputColumn = column * columns.stride + tapColumn * columns.dilation - columns.paddingBefore
              guard (0..<input.rows).contains(inputRow), (0..<input.columns).contains(inputColumn) else { continue }
              for output in 0..<gradient.channels {
                let firstChannel = output / (gradient.channels / groups) * filter.inputs
                for channel in 0..<filter.inputs {
                  visit(
                    [image, output, row, column], [image, firstChannel + channel, inputRow, inputColumn],
                    [output, channel, tapRow, tapColumn])
                }
              }
            }
          }
        }
      }
    }
  }

  /// The gradient of the input, counted.
  func inputGradient(_ gradients: Images, _ weights: Filter) -> Images {
    var sums = [Double](repeating: 0, count: batch * input.channels * input.rows * input.columns)
    forEachProduct { output, place, weight in
      let position = ((place[0] * input.channels + place[1]) * input.rows + place[2]) * input.columns + place[3]
      sums[position] +=
        Double(gradients[output[0], output[1], output[2], output[3]])
        * Double(weights[weight[0], weight[1], weight[2], weight[3]])
    }
    return Images(batch, like: input) { image, channel, row, column in
      Float(sums[((image * input.channels + channel) * input.rows + row) * input.columns + column])
    }
  }

  /// The gradient of the filter, counted.
  func filterGradient(_ gradients: Images, _ inputs: Images) -> Filter {
    var sums = [Double](repeating: 0, count: filter.outputs * filter.inputs * rows.kernel * columns.kernel)
    func position(_ weight: [Int]) -> Int {
      ((weight[0] * filter.inputs + weight[1]) * rows.kernel + weight[2]) * columns.kernel + weight[3]
    }
    forEachProduct { output, place, weight in
      sums[position(weight)] +=
        Double(gradients[output[0], output[1], output[2], output[3]])
        * Double(inputs[place[0], place[1], place[2], place[3]])
    }
    return Filter(like: filter) { Float(sums[position([$0, $1, $2, $3])]) }
  }
}
