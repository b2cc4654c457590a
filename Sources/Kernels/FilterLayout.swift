/// How the weights of a convolution or linear layer lie in memory while they are trained:
/// [O / lanes][input blocks][KH][KW][channels of a block][lanes], zeros where there is no weight. It depends on the
/// layer's shape and the machine alone, so that every kernel that reads, differentiates or updates them agrees.
///
/// A linear layer is a kernel of 1x1 with one block of all its inputs. The transposed form, which backward passes
/// read, is the layout of the layer with inputs and outputs exchanged; its taps are in reverse order.
package struct FilterLayout: Hashable, Sendable {
  package var outputs: Int
  /// Input channels that each output reads.
  package var inputs: Int
  package var kernelRows: Int
  package var kernelColumns: Int
  /// Input channels of one block, the last of which may be filled up with zeros.
  package var inputBlock: Int
  package var lanes: Int

  package init(outputs: Int, inputs: Int, kernelRows: Int = 1, kernelColumns: Int = 1, inputBlock: Int, lanes: Int) {
    self.outputs = outputs
    self.inputs = inputs
    self.kernelRows = kernelRows
    self.kernelColumns = kernelColumns
    self.inputBlock = inputBlock
    self.lanes = lanes
  }

  package var outputBlocks: Int { (outputs + lanes - 1) / lanes }
  package var inputBlocks: Int { (inputs + inputBlock - 1) / inputBlock }
  package var tapStride: Int { inputBlock * lanes }
  package var inputBlockStride: Int { kernelRows * kernelColumns * tapStride }
  /// Elements between the vectors of neighbouring output blocks.
  package var outputBlockStride: Int { inputBlocks * inputBlockStride }
  package var elementCount: Int { outputBlocks * outputBlockStride }

  /// The layout of the layer with inputs and outputs exchanged, group by group. (Of a kernel of 1x1 the rows of all
  /// blocks follow one another, so that it does not matter to a linear layer how they are cut.)
  package func transposed(groups: Int = 1) -> FilterLayout {
    FilterLayout(
      outputs: inputs * groups, inputs: outputs / groups, kernelRows: kernelRows, kernelColumns: kernelColumns,
      inputBlock: min(outputs / groups, lanes), lanes: lanes)
  }

  /// Whether groups are so narrow that each lane multiplies its own group's inputs.
  package func isByLane(groups: Int) -> Bool {
    groups > 1 && inputs < lanes && lanes % inputs == 0 && outputs == inputs * groups
  }
}
