import Foundation

/// The compiler and the object-file tools that artifacts are made with: those of the Swift toolchain.
package struct Toolchain: Sendable {
  let clang: URL
  /// Whether LLVM's linker is beside clang; otherwise clang chooses.
  private let hasLLD: Bool
  private let directories: [URL]

  /// Looks beside the `swift` that PATH names, then in PATH.
  /// - Throws: ArtifactError, where there is no clang.
  package init(environment: [String: String] = ProcessInfo.processInfo.environment) throws(ArtifactError) {
    let path = (environment["PATH"] ?? "").split(separator: ":").map { URL(filePath: String($0)) }
    let swift = Self.find("swift", in: path)
    let besideSwift = [swift, swift?.resolvingSymlinksInPath()].compactMap { $0?.deletingLastPathComponent() }
    directories = besideSwift + path
    guard let clang = Self.find("clang", in: directories) else {
      throw ArtifactError(
        "no clang was found beside swift or in PATH: binaries are linked with the Swift toolchain's; "
          + "put its bin directory in PATH")
    }
    self.clang = clang
    hasLLD = Self.find("ld.lld", in: [clang.resolvingSymlinksInPath().deletingLastPathComponent()]) != nil
  }

  private static func find(_ name: String, in directories: [URL]) -> URL? {
    directories.map { $0.appending(path: name) }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  /// What chooses the linker among clang's arguments.
  var linkerArguments: [String] { hasLLD ? ["-fuse-ld=lld"] : [] }

  /// Runs clang in `directory`.
  func runClang(_ arguments: [String], in directory: URL) throws {
    try run(clang, arguments, in: directory)
  }

  /// Runs one of LLVM's object-file tools, or that of binutils.
  func runTool(_ name: String, _ arguments: [String], in directory: URL) throws {
    guard let tool = Self.find("llvm-" + name, in: directories) ?? Self.find(name, in: directories) else {
      throw ArtifactError("neither llvm-\(name) nor \(name) was found beside swift or in PATH")
    }
    try run(tool, arguments, in: directory)
  }

  private func run(_ tool: URL, _ arguments: [String], in directory: URL) throws {
    let process = Process()
    let output = Pipe()
    process.executableURL = tool
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    // Read before waiting: a full pipe would stop the tool.
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw ArtifactError("\(tool.lastPathComponent) failed:\n\(text.prefix(4000))")
    }
  }
}
