import CRuntime
import Lowering

/// The constant tables of one program as C source, what `ExecutableModel` makes in memory: a definition of `symbol`, of
/// type apus_model.
struct ModelTables {
  var program: Program
  /// What the tables are called, which all their parts' names begin with.
  var symbol: String
  /// The number of the program's first kernel among those of the binary.
  var firstKernel = 0
  /// What `apus_hash` makes of the weights image.
  var weightsHash: UInt64
  var cpuFeatures: [String]
  /// A JSON object.
  var info: String

  /// What must stand once before all tables.
  static func includes(for prefix: String) -> String {
    """
    /* Tables of \(prefix), written by apus compile. */
    #include "apus_model.h"
    #include "apus_program.h"


    """
  }

  var source: String {
    kernelDeclarations + stepTables + interfaceTables("inputs", program.inputs)
      + interfaceTables("outputs", program.outputs)
      + cArray("char *const", "\(symbol)_cpu_features", cpuFeatures.map(cLiteral) + ["0"]) + modelTable
  }

  private func kernel(_ index: Int) -> String { kernelSymbol(Artifact.kernelPrefix, firstKernel + index) }

  private var kernelDeclarations: String {
    program.kernels.indices.map {
      "void \(kernel($0))(char *const *operands, int64_t n, int64_t chunk);\n"
    }.joined() + "\n"
  }

  private var stepTables: String {
    let operands = program.steps.enumerated().map { index, step in
      cArray("apus_operand", "\(symbol)_operands_\(index)", step.operands.map { tableRow(apus_operand($0)) })
    }
    let steps = program.steps.enumerated().map { index, step in
      "{\(kernel(step.kernel)), \(cLiteral(step.name)), \(symbol)_operands_\(index), "
        + "\(step.operands.count), \(step.chunks.imagesPerGroup ?? 0), \(step.chunks.perGroup), "
        + "\(step.imagesPerRound ?? 0)}"
    }
    return operands.joined() + cArray("apus_step", "\(symbol)_steps", steps)
  }

  private func tableRow(_ operand: apus_operand) -> String {
    "{\(operand.space), \(operand.index), \(operand.fixed_offset), \(operand.offset_per_image), "
      + "\(operand.image_stride)}"
  }

  private func interfaceTables(_ name: String, _ interfaces: [Program.Interface]) -> String {
    let extents = interfaces.map { $0.type.shape.dimensions.compactMap(\.fixedExtent) }
    let arrays = extents.enumerated().map { index, extents in
      cArray("int64_t", "\(symbol)_\(name)_extents_\(index)", extents.map(String.init), placeholder: "0")
    }
    let rows = interfaces.indices.map { index in
      "{\(cLiteral(interfaces[index].name)), \(extents[index].count), "
        + "\(interfaces[index].type.shape.isBatched ? 1 : 0), \(symbol)_\(name)_extents_\(index)}"
    }
    return arrays.joined() + cArray("apus_tensor", "\(symbol)_\(name)", rows)
  }

  private var modelTable: String {
    """
    static const apus_model \(symbol) = {
        .name = \(cLiteral(program.name)),
        .steps = \(symbol)_steps,
        .inputs = \(symbol)_inputs,
        .outputs = \(symbol)_outputs,
        .step_count = \(program.steps.count),
        .input_count = \(program.inputs.count),
        .output_count = \(program.outputs.count),
        .smallest_batch = \(program.batch.lowerBound),
        .largest_batch = \(program.batch.upperBound),
        .arena_fixed_byte_count = \(program.arenaFixedByteCount),
        .arena_byte_count_per_image = \(program.arenaByteCountPerImage),
        .scratch_byte_count = \(program.scratchByteCount),
        .weights_byte_count = \(program.weightsByteCount),
        .weights_hash = 0x\(String(weightsHash, radix: 16))u,
        .cpu_features = \(symbol)_cpu_features,
        .info = \(cLiteral(info)),
    };


    """
  }
}
