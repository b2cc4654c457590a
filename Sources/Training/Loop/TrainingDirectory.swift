import Diagnostics
import Formats
import Glibc

/// The directory that a training writes to. One process at a time has it.
package struct TrainingDirectory: ~Copyable {
  package let path: String
  /// Held open for its lock, which the system takes away from a process that ends, however it ends.
  private let descriptor: Int32

  /// Makes the directory where there is none, and clears away what an earlier process was writing when it was killed.
  /// - Throws: FileError, also where another process trains into it.
  package init(_ path: String) throws(FileError) {
    self.path = path
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw FileError(path, "the directory cannot be made: \(FileAccessError.ofSystem().message)")
    }
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileError(path, "cannot be opened as a directory: \(FileAccessError.ofSystem().message)")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw FileError(path, "another process is training into it; wait for it, or give another directory")
    }
    self.descriptor = descriptor
    removeUnfinishedFiles()
  }

  deinit { close(descriptor) }

  /// Finds out before long work that a training could not begin in a directory, or not go on.
  package static func check(_ path: String, isResumed: Bool) throws(FileError) {
    let checkpoint = path + "/checkpoint.safetensors"
    let exists = access(checkpoint, F_OK) == 0
    if isResumed && !exists {
      throw FileError(checkpoint, "there is no checkpoint to go on from; leave --resume out to begin")
    }
    if !isResumed && exists {
      throw FileError(path, "it holds a training already: --resume goes on with it, another --out leaves it alone")
    }
  }

  package var checkpointPath: String { path + "/checkpoint.safetensors" }
  package var weightsPath: String { path + "/weights.safetensors" }
  package var bestWeightsPath: String { path + "/best.safetensors" }
  package var logPath: String { path + "/log.jsonl" }
  package var curvesPath: String { path + "/curves.svg" }
  package var inspectionPath: String { path + "/inspect.png" }

  /// Nobody else writes here, so a temporary name of `AtomicFile` is left from a process that was killed.
  private func removeUnfinishedFiles() {
    guard let directory = opendir(path) else { return }
    defer { closedir(directory) }
    let own = [checkpointPath, weightsPath, bestWeightsPath, curvesPath].map { $0.dropFirst(path.count + 1) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(".part"), own.contains(where: { name.hasPrefix($0 + ".") }) { unlink("\(path)/\(name)") }
    }
  }
}
