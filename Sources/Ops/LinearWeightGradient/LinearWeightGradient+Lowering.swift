import GraphIR
import Kernels

extension LinearWeightGradient: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    guard case .filter(let filter) = site.resultLayouts[0] else { preconditionFailure("the result is a filter") }
    let kernel = Kernels.LinearWeightGradient(input: site.layout(0), gradient: site.layout(1), filter: filter)
    let machine = site.machine
    return LoweredStep(
      key: kernel, kernelName: "\(Self.mnemonic)_\(filter.inputs)_\(filter.outputs)",
      operands: [.operand(0), .operand(1), .result], chunksPerGroup: kernel.chunkCount, imagesPerGroup: nil
    ) { kernel.kernel(named: $0, machine: machine) }
  }
}
