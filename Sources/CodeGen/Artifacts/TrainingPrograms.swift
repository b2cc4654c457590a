import CRuntime
import Kernels
import LoopIR
import Lowering

/// A network lowered for training: a step for one batch size and the evaluation by running statistics, both on one
/// weights image, which is the state of training.
package struct TrainingPrograms: Sendable {
  /// What an input of the step is.
  package enum StepInput: Hashable, Sendable {
    /// f32[N, C, H, W]
    case images
    /// i32[N], a class for each image.
    case labels
    /// f32[]
    case learningRate
    /// i32[], the number of the step.
    case seed
  }

  /// A tensor of the state.
  package struct Variable: Hashable, Sendable {
    package enum Role: Hashable, Sendable { case weight, statistic, momentum }

    package var name: String
    package var shape: [Int]
    package var role: Role
    /// A filter or a vector.
    package var layout: TensorLayout
    /// In the weights image.
    package var byteOffset: Int

    package init(name: String, shape: [Int], role: Role, layout: TensorLayout, byteOffset: Int) {
      self.name = name
      self.shape = shape
      self.role = role
      self.layout = layout
      self.byteOffset = byteOffset
    }
  }

  /// Its first output is the loss.
  package var step: Program
  /// Its only input are images, its first output the logits.
  package var evaluation: Program
  /// In the order of the step's inputs.
  package var stepInputs: [StepInput]
  /// The first steps, after which the loss is known; nothing of the state changes before.
  package var lossStepCount: Int
  package var variables: [Variable]

  package init(
    step: Program, evaluation: Program, stepInputs: [StepInput], lossStepCount: Int, variables: [Variable]
  ) {
    precondition(stepInputs.count == step.inputs.count, "every input of the step must be known")
    precondition(evaluation.inputs.count == 1, "the evaluation takes images alone")
    self.step = step
    self.evaluation = evaluation
    self.stepInputs = stepInputs
    self.lossStepCount = lossStepCount
    self.variables = variables
  }

  package var batch: Int { step.batch.upperBound }

  /// Channels, rows and columns of an image.
  package var imageShape: [Int] { evaluation.inputs[0].type.shape.dimensions.compactMap(\.fixedExtent) }

  package var classCount: Int { evaluation.outputs[0].type.shape.dimensions.last?.fixedExtent ?? 0 }

  /// Kernels of both, the step's first.
  package var kernels: [Kernel] { step.kernels + evaluation.kernels }

  /// Bytes of the weights image of both.
  package var stateByteCount: Int { max(step.weightsByteCount, evaluation.weightsByteCount) }

  /// Memory that both share between their steps.
  package var workspaceByteCount: Int {
    [step, evaluation].map { $0.arenaFixedByteCount + batch * $0.arenaByteCountPerImage }.max() ?? 0
  }
}

extension apus_step_input {
  init(_ input: TrainingPrograms.StepInput) {
    self =
      switch input {
      case .images: APUS_IMAGES
      case .labels: APUS_LABELS
      case .learningRate: APUS_LEARNING_RATE
      case .seed: APUS_SEED
      }
  }
}

extension apus_state_role {
  init(_ role: TrainingPrograms.Variable.Role) {
    self =
      switch role {
      case .weight: APUS_WEIGHT
      case .statistic: APUS_STATISTIC
      case .momentum: APUS_MOMENTUM
      }
  }
}
