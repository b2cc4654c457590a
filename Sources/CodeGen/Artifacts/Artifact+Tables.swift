import CRuntime
import GraphIR
import Lowering

/// The constant tables of a model as C source: what `ExecutableModel` makes in memory.
extension Artifact {
  /// The symbol of the embedded weights image.
  static let weightsSymbol = "apus_weights_image"

  /// Defines `model`, of type apus_model.
  func tablesSource() throws -> String {
    """
    /* Tables of \(prefix), written by apus compile. */
    #include "apus_model.h"
    #include "apus_program.h"


    """ + kernelDeclarations + stepTables + interfaceTables("inputs", program.inputs)
      + interfaceTables("outputs", program.outputs)
      + cArray("char *const", "cpu_features", cpuFeatures.map(cLiteral) + ["0"])
      + (embedsWeights ? "extern const char \(Self.weightsSymbol)[];\n\n" : "") + (try modelTable)
  }

  /// The weights as an expression of the C source.
  var weightsExpression: String { embedsWeights ? Self.weightsSymbol : "0" }

  private var kernelDeclarations: String {
    program.kernels.indices.map {
      "void \(kernelSymbol(Self.kernelPrefix, $0))(char *const *operands, int64_t n, int64_t chunk);\n"
    }.joined() + "\n"
  }

  private var stepTables: String {
    let operands = program.steps.enumerated().map { index, step in
      cArray("apus_operand", "operands_\(index)", step.operands.map { tableRow(apus_operand($0)) })
    }
    let steps = program.steps.enumerated().map { index, step in
      "{\(kernelSymbol(Self.kernelPrefix, step.kernel)), \(cLiteral(step.name)), operands_\(index), "
        + "\(step.operands.count), \(step.chunks.imagesPerGroup ?? 0), \(step.chunks.perGroup)}"
    }
    return operands.joined() + cArray("apus_step", "steps", steps)
  }

  private func tableRow(_ operand: apus_operand) -> String {
    "{\(operand.space), \(operand.index), \(operand.fixed_offset), \(operand.offset_per_image)}"
  }

  private func interfaceTables(_ name: String, _ interfaces: [Program.Interface]) -> String {
    let extents = interfaces.map { $0.type.shape.dimensions.compactMap(\.fixedExtent) }
    let arrays = extents.enumerated().map { index, extents in
      cArray("int64_t", "\(name)_extents_\(index)", extents.map(String.init), placeholder: "0")
    }
    let rows = interfaces.indices.map { index in
      "{\(cLiteral(interfaces[index].name)), \(extents[index].count), "
        + "\(interfaces[index].type.shape.isBatched ? 1 : 0), \(name)_extents_\(index)}"
    }
    return arrays.joined() + cArray("apus_tensor", name, rows)
  }

  private var modelTable: String {
    get throws {
      """
      static const apus_model model = {
          .name = \(cLiteral(program.name)),
          .steps = steps,
          .inputs = inputs,
          .outputs = outputs,
          .step_count = \(program.steps.count),
          .input_count = \(program.inputs.count),
          .output_count = \(program.outputs.count),
          .smallest_batch = \(program.batch.lowerBound),
          .largest_batch = \(program.batch.upperBound),
          .arena_fixed_byte_count = \(program.arenaFixedByteCount),
          .arena_byte_count_per_image = \(program.arenaByteCountPerImage),
          .weights_byte_count = \(program.weightsByteCount),
          .weights_hash = 0x\(String(weightsHash, radix: 16))u,
          .cpu_features = cpu_features,
          .info = \(cLiteral(try info.json)),
      };


      """
    }
  }
}
