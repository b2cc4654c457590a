import Foundation

/// A temporary directory beside an artifact, and the steps of making one that run in it. It goes with `remove()`, or
/// with this process, however that ends.
struct Workshop {
  private let directory: URL
  private let toolchain: Toolchain
  private let threadCount: Int
  /// The architecture that clang compiles for, where it is not this machine's.
  private let foreignArchitecture: String?
  /// Closed when this process ends.
  private let watch: FileHandle

  /// - Throws: ArtifactError, where no directory can be made beside `destination`.
  init(
    beside destination: URL, toolchain: Toolchain, threadCount: Int, foreignArchitecture: String? = nil
  ) throws {
    directory = destination.deletingLastPathComponent().appending(path: ".apus-\(UUID().uuidString)")
    self.toolchain = toolchain
    self.threadCount = threadCount
    self.foreignArchitecture = foreignArchitecture
    watch = try watcher(removing: directory)
    guard mkdir(directory.path, 0o700) == 0 else {
      throw ArtifactError("\(destination.path) cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  func remove() {
    try? FileManager.default.removeItem(at: directory)
    try? watch.close()
  }

  func url(_ name: String) -> URL { directory.appending(path: name) }

  func write(_ bytes: some ContiguousBytes, to name: String) throws {
    try bytes.withUnsafeBytes { bytes in
      // The data neither copies nor outlives the bytes.
      let data = Data(
        bytesNoCopy: UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? emptyAddress), count: bytes.count,
        deallocator: .none)
      try data.write(to: url(name))
    }
  }

  func runClang(_ arguments: [String]) throws {
    let target = foreignArchitecture.map {
      ["--target=\($0)-linux-gnu", "-isystem", Self.headers(of: $0), "-Wno-unused-command-line-argument"]
    }
    try toolchain.runClang((target ?? []) + arguments, in: directory)
  }

  /// Where Debian keeps the C library's headers of another architecture.
  static func headers(of architecture: String) -> String { "/usr/\(architecture)-linux-gnu/include" }

  /// C files that are compiled together.
  struct CompilationUnit: Sendable {
    let name: String
    let sources: [String]
  }

  /// A part of the C files for each thread, to be compiled as one unit: a process a file, and headers read again for
  /// each, would take twice as long.
  func units(of sources: [String]) -> [CompilationUnit] {
    let unitCount = max(1, min(threadCount, sources.count))
    return (0..<unitCount).map { unit in
      CompilationUnit(
        name: "unit\(unit)", sources: stride(from: unit, to: sources.count, by: unitCount).map { sources[$0] })
    }
  }

  /// Compiles a unit for any processor of the architecture, so that a check of the processor can run on all.
  /// - Returns: The object's name.
  func compile(_ unit: CompilationUnit) throws -> String {
    let text = unit.sources.map { "#include \"\($0)\"\n" }.joined()
    try write(Array(text.utf8), to: "\(unit.name).c")
    try runClang(
      ["-c", "-std=gnu17", "-O2", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections"]
        + ["-D_GNU_SOURCE", "-I.", "\(unit.name).c", "-o", "\(unit.name).o"])
    return "\(unit.name).o"
  }

  // MARK: Linking

  /// Picture decoding is linked in; what is left to load is libc and libm.
  func linkExecutable(_ objects: [String]) throws {
    let decoders = ["-Wl,-Bstatic", "-lpng", "-ljpeg", "-lz", "-Wl,-Bdynamic"]
    try runClang(
      toolchain.linkerArguments + ["-pie", "-pthread", "-Wl,--gc-sections", "-Wl,-s", "-o", "product"] + objects
        + decoders + ["-lm"])
  }

  func linkSharedLibrary(_ objects: [String], soname: String, exporting symbols: [String]) throws {
    let script = "{ global: \(symbols.map { $0 + ";" }.joined(separator: " ")) local: *; };\n"
    try write(Array(script.utf8), to: "exports.map")
    try runClang(
      toolchain.linkerArguments + ["-shared", "-pthread", "-Wl,--gc-sections", "-Wl,-s", "-Wl,-z,defs"]
        + ["-Wl,--version-script=exports.map", "-Xlinker", "-soname", "-Xlinker", soname, "-o", "product"] + objects)
  }

  /// One relocatable object in which only `symbols` can be seen, so that several can be linked into one program.
  func linkObject(_ objects: [String], exporting symbols: [String], to name: String) throws {
    try runClang(toolchain.linkerArguments + ["-r", "-nostdlib", "-o", "partial.o"] + objects)
    let kept = symbols.map { "--keep-global-symbol=\($0)" }
    try toolchain.runTool("objcopy", kept + ["partial.o", name], in: directory)
  }

  /// Makes the static library `product` of one object.
  func archive(_ object: String) throws {
    try toolchain.runTool("ar", ["rcsD", "product", object], in: directory)
  }
}

/// An address for no bytes.
private nonisolated(unsafe) let emptyAddress = UnsafeRawPointer(bitPattern: 64)!

/// Starts a shell that removes the directory once the handle is closed, be it by the end of this process: an interrupt
/// must not leave hundreds of megabytes in a hidden place. Compilers may still write there when the shell begins.
private func watcher(removing directory: URL) throws -> FileHandle {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(filePath: "/bin/sh")
  process.arguments = [
    "-c", "trap '' INT TERM HUP; read -r _; until rm -rf \"$1\"; do sleep 0.1; done", "sh", directory.path,
  ]
  process.standardInput = pipe
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  return pipe.fileHandleForWriting
}
