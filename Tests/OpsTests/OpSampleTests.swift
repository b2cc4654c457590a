import GraphIR
import Ops
import Reference
import Tensors
import TestSupport
import Testing

/// The samples' evaluation against loops that share nothing with it.
struct OpSampleTests {
  @Test(arguments: OpSamples.convolutions)
  func convolution(line: String) throws {
    let problem = OpProblem(line)
    let graph = try problem.graph()
    let conv = try #require(graph.nodes[0].op as? Conv2D)
    let tensors = problem.tensors(of: graph)
    let result = try run(problem, graph)
    let expected = naiveConvolution(
      conv, try #require(tensors.inputs["x"]), try #require(tensors.parameters["weight"]),
      bias: tensors.parameters["bias"],
      residual: tensors.inputs["y"], slope: tensors.parameters["slope"], resultDimensions: result.dimensions)
    #expect(distance(result, expected) < 1e-12)
  }

  /// Every sample verifies, evaluates to its declared shape, and is finite.
  @Test(arguments: OpSamples.all)
  func shape(problem: OpProblem) throws {
    let graph = try problem.graph()
    #expect(verify(graph) == [])
    let result = try run(problem, graph)
    #expect(result.dimensions == graph.type(of: graph.outputs[0].value).shape.resolved(batch: problem.batch))
    let isFinite = result.elements.allSatisfy(\.isFinite)
    #expect(isFinite)
  }

  /// Every op has a sample, but those that are evaluated when a model is compiled.
  @Test func samplesCoverTheRegistry() throws {
    let sampled = Set(try OpSamples.all.map { type(of: try $0.graph().nodes[0].op).mnemonic })
    let folding = [FilterScaling.mnemonic, FoldedBias.mnemonic]
    #expect(Set(OpRegistry.entries.map { $0.op.mnemonic }) == sampled.union(folding))
  }

  private func run(_ problem: OpProblem, _ graph: Graph) throws -> Tensor {
    let tensors = problem.tensors(of: graph)
    let outputs = try ReferenceEngine().run(graph, inputs: tensors.inputs) { try #require(tensors.parameters[$0.name]) }
    return try #require(outputs["result"])
  }

  private func distance(_ a: Tensor, _ b: Tensor) -> Double {
    guard a.dimensions == b.dimensions else { return .infinity }
    return zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? 0
  }
}

/// The definition of a convolution, term by term.
private func naiveConvolution(
  _ conv: Conv2D, _ input: Tensor, _ weight: Tensor, bias: Tensor?, residual: Tensor?, slope: Tensor?,
  resultDimensions: [Int]
) -> Tensor {
  var result = Tensor(resultDimensions)
  let (channels, rows, columns) = (input.dimensions[1], input.dimensions[2], input.dimensions[3])
  let filter = weight.dimensions
  var index = 0
  for image in 0..<resultDimensions[0] {
    for output in 0..<resultDimensions[1] {
      let firstChannel = output / (resultDimensions[1] / conv.groups) * filter[1]
      for row in 0..<resultDimensions[2] {
        for column in 0..<resultDimensions[3] {
          var sum = (bias?.elements[output] ?? 0) + (residual?.elements[index] ?? 0)
          for channel in 0..<filter[1] {
            for kernelRow in 0..<filter[2] {
              for kernelColumn in 0..<filter[3] {
                let r = row * conv.stride.rows + kernelRow * conv.dilation.rows - conv.padding.top
                let c = column * conv.stride.columns + kernelColumn * conv.dilation.columns - conv.padding.left
                guard r >= 0, r < rows, c >= 0, c < columns else { continue }
                let x = input.elements[((image * channels + firstChannel + channel) * rows + r) * columns + c]
                let tap = ((output * filter[1] + channel) * filter[2] + kernelRow) * filter[3] + kernelColumn
                sum += x * weight.elements[tap]
              }
            }
          }
          switch conv.activation {
          case .none: break
          case .relu: sum = sum > 0 ? sum : 0
          case .clip(let low, let high): sum = sum < low ? low : sum > high ? high : sum
          case .prelu: sum = sum > 0 ? sum : sum * (slope?.elements[output] ?? .nan)
          }
          result.elements[index] = sum
          index += 1
        }
      }
    }
  }
  return result
}
