import CRuntime
import Foundation

extension Artifact {
  /// The files that make up a written artifact.
  package struct Files: Sendable {
    package var binary: String
    /// The C header of a library or object.
    package var header: String?
    /// The weights file, where they are not in the binary.
    package var weights: String?
  }

  /// Compiles and links the artifact and puts its files in place, all made before the first is renamed. On failure
  /// nothing is left behind.
  /// - Parameter path: The binary's. A header and a weights file go beside it, named after it without `lib` and
  ///   extension.
  /// - Throws: ArtifactError, or what the file system says.
  package func write(_ form: Form, to path: String, toolchain: Toolchain, threadCount: Int = 1) throws -> Files {
    let names = ArtifactFileNames(binary: URL(filePath: path).lastPathComponent, form: form)
    let isExecutable = form == .executable
    let image = Binary.Image(memory: weights, byteCount: program.weightsByteCount)
    let binary = Binary(
      prefix: prefix, card: card, use: isExecutable ? APUS_FOR_EXECUTABLES : APUS_FOR_INFERENCE,
      glue: try tablesSource() + (isExecutable ? mainSource(weightsFile: names.weights) : librarySource()),
      header: isExecutable ? nil : headerSource(), publicSymbols: publicSymbols, kernelObjects: kernelObjects,
      embedded: embedsWeights ? image : nil,
      beside: weightsPlacement == .beside && image.byteCount > 0 ? image : nil)
    return try binary.write(form, to: path, toolchain: toolchain, threadCount: threadCount)
  }
}
