import CodeGen
import GraphIR
import Kernels
import Lowering
import Passes
import Reference
import Tensors

extension TrainingCompilation {
  /// Both programs, and where the state lies in their weights image.
  package var programs: TrainingPrograms {
    TrainingPrograms(
      step: stepProgram, evaluation: evaluationProgram, stepInputs: stepProgram.inputs.map(Self.meaning),
      lossStepCount: lossStepCount, variables: variables)
  }

  private static func meaning(of input: Program.Interface) -> TrainingPrograms.StepInput {
    switch input.name {
    case TrainingName.labels: .labels
    case TrainingName.learningRate: .learningRate
    case TrainingName.seed: .seed
    default: .images
    }
  }

  /// In the order of the graph's parameters, which is the network's; momentum comes behind.
  private var variables: [TrainingPrograms.Variable] {
    let constants = Dictionary(stepProgram.constants.map { ($0.value, $0) }) { first, _ in first }
    return graph.parameters.compactMap { parameter in
      guard let constant = constants[parameter.value], let layout = constant.packing as? TensorLayout else {
        return nil
      }
      return TrainingPrograms.Variable(
        name: parameter.name, shape: graph.type(of: parameter.value).shape.dimensions.compactMap(\.fixedExtent),
        role: .init(parameter.role), layout: layout, byteOffset: constant.byteOffset)
    }
  }

  /// The weights image of both programs before the first step: weights, statistics and what is constant, but no
  /// momentum.
  func initialImage(_ weights: Weights) -> AlignedBytes {
    let image = AlignedBytes(byteCount: max(stepProgram.weightsByteCount, evaluationProgram.weightsByteCount))
    for (program, graph) in [(stepProgram, graph), (evaluationProgram, evaluationGraph)] {
      let evaluator = ConstantEvaluator(graph)
      for constant in program.constants where evaluator.parameter(constant.value)?.role != .momentum {
        weights.pack(constant, of: graph, evaluator, into: image)
      }
    }
    return image
  }

  /// What a library is written from that trains the network.
  /// - Parameter weights: What its parameters begin with.
  package func artifact(weights: Weights, threadCount: Int) throws -> TrainingArtifact {
    let programs = programs
    let objects = try emitObjects(
      programs.kernels, symbolPrefix: Artifact.kernelPrefix, for: target, threadCount: threadCount)
    return TrainingArtifact(
      programs, card: ModelCard(target: target.name, triple: target.triple), cpuFeatures: target.requiredFeatures,
      kernelObjects: objects, image: initialImage(weights))
  }
}

extension TrainingPrograms.Variable.Role {
  fileprivate init(_ role: Parameter.Role) {
    self =
      switch role {
      case .weight: .weight
      case .statistic: .statistic
      case .momentum: .momentum
      }
  }
}
