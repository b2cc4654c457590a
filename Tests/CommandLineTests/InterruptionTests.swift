import Foundation
import Testing

@Suite struct InterruptionTests {
  /// Whatever the compiler was doing, it leaves nothing beside the binary that it did not get to write.
  @Test(.timeLimit(.minutes(10)), arguments: [SIGINT, SIGTERM, SIGKILL])
  func anInterruptedCompileLeavesNothingBehind(signal: Int32) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "apus-interrupt-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    let networks = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../examples/networks")
    let process = Process()
    process.executableURL = tests.deletingLastPathComponent().appending(path: "apus")
    process.arguments = [
      "compile", networks.appending(path: "cifar.apus").path, "--network", "FashionResNet20", "--seed", "1", "-o",
      directory.appending(path: "fashion").path,
    ]
    process.standardError = FileHandle.nullDevice
    try process.runWithoutBlockedSignals()
    while try names(in: directory).isEmpty, process.isRunning { usleep(1000) }
    process.interrupt(with: signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == signal)
    // The directory goes after the process.
    while try !names(in: directory).isEmpty { usleep(1000) }
  }

  private func names(in directory: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory.path)
  }
}

extension Process {
  /// Threads of tests block signals, which a process inherits.
  func runWithoutBlockedSignals() throws {
    var (none, old) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &old)
    defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
    try run()
  }

  func interrupt(with signal: Int32) { kill(processIdentifier, signal) }
}
