import GraphIR
import Kernels

extension LinearInputGradient: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? {
    operand == 0 ? nil : LayoutDemand(.transposedFilter(groups: 1))
  }

  /// A linear layer by the transposed weight.
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    guard let filter = site.filter(1) else { throw .untrained(Self.self) }
    let problem = LinearKernel(
      input: site.layout(0), output: site.resultLayout, epilogue: Epilogue(hasBias: false), filter: filter)
    let schedule = problem.schedule(machine: site.machine, largestBatch: site.largestBatch)
    return LoweredStep(problem, schedule, site.machine, operands: [.operand(0), .operand(1), .result])
  }
}
