import GraphIR
import Ops
import Tensors
import Testing

/// What calls in network files build.
struct SurfaceTests {
  private typealias Constants = [String: Surface.Constant]

  /// Builds a call of `name` on a tensor of the given shape, with defaults for what `constants` leaves out.
  private func build(_ name: String, on shape: Shape, _ constants: Constants = [:]) throws -> Graph {
    let surface = try #require(OpRegistry.surfaces[name])
    var builder = GraphBuilder(Graph(name: "call"))
    let input = builder.input("x", TensorType(.f32, shape))
    var tensors: [String: ValueID] = [:]
    var lists: [String: [ValueID]] = [:]
    var filled = constants
    for parameter in surface.parameters {
      switch parameter.kind {
      case .tensor: tensors[parameter.name] = input
      case .tensors: lists[parameter.name] = [input, input]
      default: filled[parameter.name] = constants[parameter.name] ?? parameter.defaultValue
      }
    }
    var call = SurfaceCall(
      builder: builder, tensors: tensors, tensorLists: lists, constants: filled, scope: "layer", origin: nil)
    let result = try surface.build(&call)
    call.builder.output("result", result)
    return call.builder.graph
  }

  @Test func convolutionMakesTorchvisionsParameters() throws {
    let graph = try build(
      "conv", on: [.batch, 8, 9, 9],
      ["channels": .int(16), "kernel": .ints([3, 5]), "stride": .int(2), "groups": .int(4), "bias": .bool(true)])
    #expect(graph.parameters.map(\.name) == ["layer.weight", "layer.bias"])
    #expect(graph.parameters.map { graph.type(of: $0.value).description } == ["f32[16, 2, 3, 5]", "f32[16]"])
    #expect(graph.parameters.map(\.initializer) == [.heNormal(fan: 16 * 3 * 5), .zeros])
    #expect(graph.type(of: graph.outputs[0].value).description == "f32[N, 16, 4, 3]")
    let node = graph.nodes[0]
    #expect(node.op.multiplyAdds(node.operands.map(graph.type), node.results.map(graph.type)) == 16 * 4 * 3 * 2 * 3 * 5)
  }

  @Test func batchNormHasStatistics() throws {
    let graph = try build("batchNorm", on: [.batch, 8, 9, 9])
    #expect(
      graph.parameters.map(\.name) == ["layer.weight", "layer.bias", "layer.running_mean", "layer.running_var"])
    #expect(graph.parameters.map(\.initializer) == [.constant(1), .zeros, .zeros, .constant(1)])
    #expect(graph.parameters.map(\.role) == [.weight, .weight, .statistic, .statistic])
  }

  @Test func linearIsInitialisedAsPyTorchDoes() throws {
    let graph = try build("linear", on: [.batch, 64], ["features": .int(10)])
    #expect(graph.parameters.map(\.name) == ["layer.weight", "layer.bias"])
    #expect(graph.parameters.map(\.initializer) == [.uniform(bound: 0.125), .uniform(bound: 0.125)])
    let node = graph.nodes[0]
    #expect(node.op.multiplyAdds(node.operands.map(graph.type), node.results.map(graph.type)) == 640)
  }

  @Test func poolStrideIsTheKernelUnlessSaid() throws {
    let graph = try build("maxPool", on: [.batch, 8, 9, 9], ["kernel": .ints([3, 2])])
    let pool = try #require(graph.nodes[0].op as? MaxPool2D)
    #expect(pool.pooling.stride == Extent2D([3, 2]))
  }

  @Test func relu6IsAClip() throws {
    let graph = try build("relu6", on: [.batch, 8])
    #expect(graph.nodes[0].op as? Clip == Clip(low: 0, high: 6))
  }

  @Test(arguments: [[1], [1, 2], [1, 2, 3, 4]])
  func padTakesOneTwoOrFourNumbers(sides: [Int]) throws {
    let graph = try build("pad", on: [.batch, 1, 2, 2], ["padding": .ints(sides)])
    let pad = try #require(graph.nodes[0].op as? Pad2D)
    let expected = [1: [1, 1, 1, 1], 2: [1, 2, 1, 2], 4: [1, 2, 3, 4]][sides.count]
    #expect(pad.padding == Padding2D(try #require(expected)))
  }

  /// Whatever numbers a hostile file gives, a call ends in a graph or in an error, never in a trap.
  @Test(arguments: OpRegistry.surfaces.keys.sorted())
  func hostileNumbers(name: String) throws {
    let surface = try #require(OpRegistry.surfaces[name])
    let shapes: [Shape] = [
      [.batch, 8, 9, 9], [.batch, 8], [4], [], [.batch, .fixed(1 << 28), 2, 3], [.batch, .fixed(1 << 28)],
      [.batch, .batch, 3, 3], [.batch, 8, .fixed(.max), .fixed(.max)],
    ]
    let hostile: [Int] = [.min, -1, 0, 1, 3, 1 << 28, 1 << 31, .max]
    for shape in shapes {
      for value in hostile {
        for other in hostile {
          var constants: Constants = [:]
          for (index, parameter) in surface.parameters.enumerated() {
            let number = index.isMultiple(of: 2) ? value : other
            switch parameter.kind {
            case .tensor, .tensors: break
            case .int: constants[parameter.name] = .int(number)
            case .pair: constants[parameter.name] = .ints([value, other])
            case .ints: constants[parameter.name] = .ints([value, other, number, 0])
            case .float: constants[parameter.name] = .float(Double(number))
            case .bool: constants[parameter.name] = .bool(number > 0)
            }
          }
          do {
            let graph = try build(name, on: shape, constants)
            #expect(verify(graph) == [])
          } catch is OpError {}
        }
      }
    }
  }
}
