import CodeGen
import GraphIR
import Lowering
import Reference
import TestSupport
import Testing

/// Every op of the samples, compiled, against the reference engine.
@Suite struct CompiledOpTests {
  /// The targets that this machine can run, all of which must be right.
  static let targets: [Target] = ["x86-64-v2", "x86-64-v3", "x86-64-v4"].compactMap { name in
    guard let target = try? Target(named: name), let host = try? Target(named: "native") else { return nil }
    return target.requiredFeatures.allSatisfy(host.has) ? target : nil
  }

  /// f32 arithmetic over sums of up to a few thousand terms, against f64.
  static let tolerance = 5e-6

  @Test(arguments: OpSamples.inference)
  func agreesWithReference(problem: OpProblem) throws { try check(problem, form: .packed) }

  /// With parameters where training changes them.
  @Test(arguments: OpSamples.compiled)
  func agreesWithReferenceInTraining(problem: OpProblem) throws { try check(problem, form: .trained()) }

  /// Of the samples, some are computed by Winograd's algorithm where their filters are trained, or by Strassen's, and
  /// others are not; with exact arithmetic none.
  @Test(arguments: ["conv", "convInputGradient"], [("winograd", least: 3), ("strassen", least: 1)])
  func trainedFiltersAreTransformed(mnemonic: String, algorithm: (name: String, least: Int)) throws {
    let problems = OpSamples.compiled.filter { $0.mnemonic == mnemonic }
    for target in Self.targets {
      func count(_ arithmetic: Arithmetic) throws -> Int {
        try problems.count { problem in
          let program = try Program(
            lowering: problem.graph(), for: target.machine, batch: 1...problem.batch, parameters: .trained(),
            arithmetic: arithmetic)
          return program.kernels.contains { $0.name.contains(algorithm.name) }
        }
      }
      let transformed = try count(.fast)
      #expect(
        transformed >= algorithm.least && transformed < problems.count,
        "\(algorithm.name): \(transformed) of \(mnemonic) on \(target.name)")
      #expect(try count(.exact) == 0)
    }
  }

  private func check(_ problem: OpProblem, form: ParameterForm) throws {
    let graph = try problem.graph()
    let tensors = problem.tensors(of: graph)
    let expected = try ReferenceEngine().run(graph, inputs: tensors.inputs) { tensors.parameters[$0.name]! }
    for target in Self.targets {
      let compiled = try CompiledGraph(
        graph, parameters: tensors.parameters, target: target, batch: 1...problem.batch, form: form)
      let single = try compiled.run(tensors.inputs, batch: problem.batch, threadCount: 1)
      for (output, found) in zip(graph.outputs, single) {
        let error = relativeError(found, expected[output.name]!.elements)
        #expect(error <= Self.tolerance, "\(problem) on \(target.name), output '\(output.name)'")
      }
      for threadCount in [2, 3, 8] {
        let threaded = try compiled.run(tensors.inputs, batch: problem.batch, threadCount: threadCount)
        #expect(threaded == single, "\(problem) on \(target.name) with \(threadCount) threads")
      }
    }
  }
}
