import CRuntime
import Lowering

/// The constant tables of a network under training as C source.
extension TrainingArtifact {
  /// Defines `training`, of type apus_training.
  func tablesSource() throws -> String {
    let step = tables(of: programs.step, symbol: "step", firstKernel: 0, info: try jsonText(info))
    let evaluation = tables(
      of: programs.evaluation, symbol: "evaluation", firstKernel: programs.step.kernels.count, info: "{}")
    let hasImage = initialByteCount > 0
    return ModelTables.includes(for: prefix) + "#include \"apus_trainer.h\"\n\n" + step.source + evaluation.source
      + stateTables + (hasImage ? Artifact.weightsDeclaration : "")
      + trainingTable(image: hasImage ? Artifact.weightsSymbol : "\"\"")
  }

  private func tables(of program: Program, symbol: String, firstKernel: Int, info: String) -> ModelTables {
    ModelTables(
      program: program, symbol: symbol, firstKernel: firstKernel, weightsHash: 0, cpuFeatures: cpuFeatures, info: info)
  }

  private var stateTables: String {
    let arrays = programs.variables.enumerated().map { index, variable in
      cArray("int64_t", "state_extents_\(index)", variable.shape.map(String.init), placeholder: "0")
    }
    let rows = programs.variables.enumerated().map { index, variable in
      let layout = apus_state_layout(variable.layout)
      return "{\(cLiteral(variable.name)), \(apus_state_role(variable.role).rawValue), \(variable.shape.count), "
        + "state_extents_\(index), {\(layout.outputs), \(layout.inputs), \(layout.taps), \(layout.input_block), "
        + "\(layout.lanes)}, \(variable.byteOffset)}"
    }
    let inputs = programs.stepInputs.map { "\(apus_step_input($0).rawValue)" }
    return arrays.joined() + cArray("apus_state_tensor", "state_tensors", rows)
      + cArray("uint32_t", "step_input_kinds", inputs)
  }

  private func trainingTable(image: String) -> String {
    """
    static const apus_training training = {
        .step = &step,
        .evaluation = &evaluation,
        .step_inputs = step_input_kinds,
        .tensors = state_tensors,
        .tensor_count = \(programs.variables.count),
        .loss_step_count = \(programs.lossStepCount),
        .class_count = \(programs.classCount),
        .initial_image = \(image),
        .initial_byte_count = \(initialByteCount),
    };


    """
  }
}
