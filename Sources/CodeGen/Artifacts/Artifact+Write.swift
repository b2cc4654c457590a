import CRuntime
import Foundation
import LLVMKit

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
    let foreign = try foreignArchitecture(for: form)
    let destination = URL(filePath: path)
    let directory = destination.deletingLastPathComponent()
    let names = FileNames(binary: destination.lastPathComponent, form: form)
    let workshop = try Workshop(
      beside: destination, toolchain: toolchain, threadCount: threadCount, foreignArchitecture: foreign)
    defer { workshop.remove() }

    try writeSources(form, weightsFile: names.weights, in: workshop)
    let objects = try makeObjects(form, in: workshop, threadCount: threadCount)
    try link(objects, as: form, named: names.binary, in: workshop)

    var products = [(workshop.url("product"), directory.appending(path: names.binary))]
    var files = Files(binary: products[0].1.path)
    if form != .executable {
      products.append((workshop.url("\(prefix).h"), directory.appending(path: names.header)))
      files.header = products[products.count - 1].1.path
    }
    if weightsPlacement == .beside, program.weightsByteCount > 0 {
      try writeWeightsFile(to: workshop.url("weights"))
      products.append((workshop.url("weights"), directory.appending(path: names.weights)))
      files.weights = products[products.count - 1].1.path
    }
    for (temporary, final) in products { try replaceFile(at: final, by: temporary) }
    return files
  }

  /// The target's architecture, where it is not this machine's: then the runtime is compiled against the headers of
  /// another C library, and what needs the library itself is linked there.
  private func foreignArchitecture(for form: Form) throws(ArtifactError) -> String? {
    func architecture(_ triple: String) -> String { String(triple.prefix { $0 != "-" }) }
    let (own, other) = (architecture(Host.triple), architecture(card.triple))
    guard own != other else { return nil }
    guard form == .object || form == .staticLibrary else {
      throw ArtifactError(
        "programs and shared libraries for \(card.target) cannot be linked on this machine, which is \(own); "
          + "write an object or a static library (--emit object, --emit static) and link it there")
    }
    let headers = Workshop.headers(of: other)
    guard FileManager.default.fileExists(atPath: headers) else {
      throw ArtifactError(
        "the runtime for \(card.target) needs the C library's headers in \(headers), which are not there; "
          + "for aarch64, Debian's libc6-dev-arm64-cross has them")
    }
    return other
  }

  /// All that is linked. Weights are the disk's work, and compiling the processor's.
  private func makeObjects(_ form: Form, in workshop: Workshop, threadCount: Int) throws -> [String] {
    let parts: [@Sendable () throws -> [String]] = [
      { try workshop.compile(sources(form)) },
      { try embedWeights(in: workshop) + writeKernels(in: workshop) },
    ]
    return try mapInParallel(parts, threadCount: threadCount) { try $0() }.flatMap(\.self)
  }

  // MARK: Sources

  private func sources(_ form: Form) -> [String] {
    ["model.glue.c"] + RuntimeSource.all.filter { !$0.isHeader && $0.isNeeded(for: form) }.map(\.name)
  }

  private func writeSources(_ form: Form, weightsFile: String, in workshop: Workshop) throws {
    for source in RuntimeSource.all where source.isNeeded(for: form) {
      try workshop.write(source.text, to: source.name)
    }
    let ending = form == .executable ? mainSource(weightsFile: weightsFile) : librarySource()
    try workshop.write(Array((tablesSource() + ending).utf8), to: "model.glue.c")
    if form != .executable { try workshop.write(Array(headerSource().utf8), to: "\(prefix).h") }
  }

  private func writeKernels(in workshop: Workshop) throws -> [String] {
    try kernelObjects.enumerated().map { index, object in
      let name = "model.kernel\(index).o"
      try workshop.write(object, to: name)
      return name
    }
  }

  // MARK: Weights

  private var weightsImage: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: weights.bytes[..<program.weightsByteCount])
  }

  /// An object that holds the image, for the linker to copy: a C array of that size would take minutes to compile.
  private func embedWeights(in workshop: Workshop) throws -> [String] {
    guard embedsWeights else { return [] }
    try workshop.write(weightsImage, to: "model.weights.image")
    let assembly = """
      .section .rodata.weights,"a",@progbits
      .balign \(APUS_ALIGNMENT)
      .globl \(Self.weightsSymbol)
      .hidden \(Self.weightsSymbol)
      \(Self.weightsSymbol):
      .incbin "model.weights.image"
      .section .note.GNU-stack,"",@progbits

      """
    try workshop.write(Array(assembly.utf8), to: "model.weights.s")
    try workshop.runClang(["-c", "model.weights.s", "-o", "model.weights.o"])
    return ["model.weights.o"]
  }

  private func writeWeightsFile(to url: URL) throws {
    var header = apus_weights_header_of(weights.bytes.baseAddress, UInt64(program.weightsByteCount))
    guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
      throw ArtifactError("\(url.path) cannot be written")
    }
    let file = try FileHandle(forWritingTo: url)
    defer { try? file.close() }
    try withUnsafeBytes(of: &header) { try file.write(contentsOf: $0) }
    try file.write(contentsOf: weightsImage)
  }

  // MARK: Linking

  private func link(_ objects: [String], as form: Form, named name: String, in workshop: Workshop) throws {
    switch form {
    case .executable: try workshop.linkExecutable(objects)
    case .sharedLibrary: try workshop.linkSharedLibrary(objects, soname: name, exporting: publicSymbols)
    case .object: try workshop.linkObject(objects, exporting: publicSymbols, to: "product")
    case .staticLibrary:
      try workshop.linkObject(objects, exporting: publicSymbols, to: "\(prefix).o")
      try workshop.archive("\(prefix).o")
    }
  }
}

/// The names of an artifact's files.
private struct FileNames {
  var binary: String
  var header: String
  var weights: String

  init(binary: String, form: Artifact.Form) {
    self.binary = binary
    var stem = binary
    if form != .executable {
      if stem.hasPrefix("lib"), stem.count > 3 { stem.removeFirst(3) }
      if let dot = stem.lastIndex(of: "."), dot != stem.startIndex { stem = String(stem[..<dot]) }
    }
    header = stem + ".h"
    weights = stem + ".weights"
  }
}

/// Moves a file, over whatever was there, in one step.
private func replaceFile(at final: URL, by temporary: URL) throws {
  guard rename(temporary.path, final.path) == 0 else {
    throw ArtifactError("\(final.path) cannot be written: \(String(cString: strerror(errno)))")
  }
}
