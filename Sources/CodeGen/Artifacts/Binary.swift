import CRuntime
import Foundation
import LLVMKit

/// What an artifact's files are made of, whether it runs a network or trains it.
struct Binary {
  /// The weights image of a program.
  struct Image {
    var memory: AlignedBytes
    /// How much of the memory it takes, from the beginning.
    var byteCount: Int

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory.bytes[..<byteCount]) }
  }

  /// What the file names of a library begin with, and all its symbols.
  var prefix: String
  var card: ModelCard
  /// Which files of the runtime belong to it.
  var use: apus_source_use
  /// C source: the tables and the functions on them.
  var glue: String
  /// The C header; nil: there is nothing to declare.
  var header: String?
  var publicSymbols: [String]
  var kernelObjects: [[UInt8]]
  /// What stands in the binary under `Artifact.weightsSymbol`.
  var embedded: Image?
  /// What stands in a weights file beside it.
  var beside: Image?
}

extension Binary {
  /// Compiles and links, and puts the files in place, all made before the first is renamed. On failure nothing is left
  /// behind.
  /// - Throws: ArtifactError, or what the file system says.
  func write(
    _ form: Artifact.Form, to path: String, toolchain: Toolchain, threadCount: Int
  ) throws -> Artifact.Files {
    let foreign = try foreignArchitecture(for: form)
    let destination = URL(filePath: path)
    let directory = destination.deletingLastPathComponent()
    let names = ArtifactFileNames(binary: destination.lastPathComponent, form: form)
    let workshop = try Workshop(
      beside: destination, toolchain: toolchain, threadCount: threadCount, foreignArchitecture: foreign)
    defer { workshop.remove() }

    try writeSources(in: workshop)
    let objects = try makeObjects(in: workshop, threadCount: threadCount)
    try link(objects, as: form, named: names.binary, in: workshop)

    var products = [(workshop.url("product"), directory.appending(path: names.binary))]
    var files = Artifact.Files(binary: products[0].1.path)
    if header != nil {
      products.append((workshop.url(headerName), directory.appending(path: names.header)))
      files.header = products[products.count - 1].1.path
    }
    if let beside {
      try writeWeightsFile(beside, to: workshop.url("weights"))
      products.append((workshop.url("weights"), directory.appending(path: names.weights)))
      files.weights = products[products.count - 1].1.path
    }
    for (temporary, final) in products { try replaceFile(at: final, by: temporary) }
    return files
  }

  /// What the glue includes the header as.
  private var headerName: String { "\(prefix).h" }

  /// The target's architecture, where it is not this machine's: then the runtime is compiled against the headers of
  /// another C library, and what needs the library itself is linked there.
  private func foreignArchitecture(for form: Artifact.Form) throws(ArtifactError) -> String? {
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

  /// All that is linked. What takes longest, compilation, begins first.
  private func makeObjects(in workshop: Workshop, threadCount: Int) throws -> [String] {
    let compilations = workshop.units(of: sources).map { unit -> @Sendable () throws -> [String] in
      { [try workshop.compile(unit)] }
    }
    let parts = compilations + [{ try embedWeights(in: workshop) + writeKernels(in: workshop) }]
    return try mapInParallel(parts, threadCount: threadCount) { try $0() }.flatMap(\.self)
  }

  // MARK: Sources

  private static let glueName = "model.glue.c"

  private var sources: [String] {
    [Self.glueName] + RuntimeSource.all.filter { !$0.isHeader && $0.isNeeded(for: use) }.map(\.name)
  }

  private func writeSources(in workshop: Workshop) throws {
    for source in RuntimeSource.all where source.isNeeded(for: use) {
      try workshop.write(source.text, to: source.name)
    }
    try workshop.write(Array(glue.utf8), to: Self.glueName)
    if let header { try workshop.write(Array(header.utf8), to: headerName) }
  }

  private func writeKernels(in workshop: Workshop) throws -> [String] {
    try kernelObjects.enumerated().map { index, object in
      let name = "model.kernel\(index).o"
      try workshop.write(object, to: name)
      return name
    }
  }

  // MARK: Weights

  /// An object that holds the image, for the linker to copy.
  private func embedWeights(in workshop: Workshop) throws -> [String] {
    guard let embedded else { return [] }
    try WeightsObject(image: embedded.bytes, triple: card.triple).write(to: workshop.url("model.weights.o"))
    return ["model.weights.o"]
  }

  private func writeWeightsFile(_ image: Image, to url: URL) throws {
    var header = apus_weights_header_of(image.memory.bytes.baseAddress, UInt64(image.byteCount))
    guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
      throw ArtifactError("\(url.path) cannot be written")
    }
    let file = try FileHandle(forWritingTo: url)
    defer { try? file.close() }
    try withUnsafeBytes(of: &header) { try file.write(contentsOf: $0) }
    try file.write(contentsOf: image.bytes)
  }

  // MARK: Linking

  private func link(_ objects: [String], as form: Artifact.Form, named name: String, in workshop: Workshop) throws {
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

/// Moves a file, over whatever was there, in one step.
private func replaceFile(at final: URL, by temporary: URL) throws {
  guard rename(temporary.path, final.path) == 0 else {
    throw ArtifactError("\(final.path) cannot be written: \(String(cString: strerror(errno)))")
  }
}
