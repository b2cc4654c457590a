import GraphIR
import Kernels

extension SGD: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let kernel = SGDKernel(
      elementCount: site.resultLayouts[0].elementCount, momentum: momentum, decay: decay, isNesterov: nesterov,
      lanes: site.machine.vectorLanes)
    return LoweredStep(
      key: kernel, kernelName: "\(Self.mnemonic)_\(kernel.elementCount)",
      operands: [.operand(0), .operand(1), .operand(2), .operand(3), .result(0), .result(1)],
      chunksPerGroup: kernel.chunkCount, imagesPerGroup: nil
    ) { kernel.kernel(named: $0) }
  }
}
