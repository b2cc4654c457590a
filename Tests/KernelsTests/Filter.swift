import Kernels
import TestSupport

/// A filter in the order that people think of, [O][I][KH][KW], to and from the layout in which it is trained.
struct Filter {
  let outputs: Int
  let inputs: Int
  let rows: Int
  let columns: Int
  private(set) var elements: [Float] = []

  /// - Parameter element: The element at (output, input, row, column).
  init(like layout: FilterLayout, element: (Int, Int, Int, Int) -> Float) {
    (outputs, inputs) = (layout.outputs, layout.inputs)
    (rows, columns) = (layout.kernelRows, layout.kernelColumns)
    for output in 0..<outputs {
      for input in 0..<inputs {
        for row in 0..<rows {
          for column in 0..<columns { elements.append(element(output, input, row, column)) }
        }
      }
    }
  }

  /// Numbers in ±1.
  init(like layout: FilterLayout, random generator: inout SeededGenerator) {
    self.init(like: layout) { _, _, _, _ in Float(generator.uniform()) }
  }

  subscript(output: Int, input: Int, row: Int, column: Int) -> Float {
    elements[((output * inputs + input) * rows + row) * columns + column]
  }

  /// Inputs and outputs exchanged, group by group, taps in reverse order.
  func transposed(groups: Int = 1) -> Filter {
    let (groupOutputs, groupInputs) = (outputs / groups, inputs)
    let layout = FilterLayout(
      outputs: inputs * groups, inputs: groupOutputs, kernelRows: rows, kernelColumns: columns, inputBlock: 1, lanes: 1)
    return Filter(like: layout) {
      self[$0 / groupInputs * groupOutputs + $1, $0 % groupInputs, rows - 1 - $2, columns - 1 - $3]
    }
  }

  /// As it lies in memory, with zeros where there is no weight.
  func stored(as layout: FilterLayout) -> [Float] {
    var memory = [Float](repeating: 0, count: layout.elementCount)
    for output in 0..<outputs {
      for input in 0..<inputs {
        let place =
          output / layout.lanes * layout.outputBlockStride + input / layout.inputBlock * layout.inputBlockStride
          + input % layout.inputBlock * layout.lanes + output % layout.lanes
        for row in 0..<rows {
          for column in 0..<columns {
            memory[place + (row * columns + column) * layout.tapStride] = self[output, input, row, column]
          }
        }
      }
    }
    return memory
  }
}
