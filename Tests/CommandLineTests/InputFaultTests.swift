import Foundation
import Testing

/// What commands say of files that are at fault: exit code 1, the file, and nothing left behind.
@Suite struct InputFaultTests {
  /// Beside the network: a FIFO, a file that is nothing, and arrays of wrong shape and length.
  private func makeFiles(in network: TinyNetwork) throws {
    try #require(mkfifo(network.path("fifo"), 0o600) == 0)
    try Data("nothing of use".utf8).write(to: network.directory.appending(path: "noise"))
    try Data().write(to: network.directory.appending(path: "empty"))
    try network.writeArray("x.npy", shape: [2, 1, 8, 8])
    try network.writeArray("wide.npy", shape: [2, 1, 8, 9])
    try network.writeArray("short.npy", shape: [2, 1, 8, 8], elementCount: 5)
  }

  @Test(arguments: [
    ("check nofile.apus", "cannot read 'nofile.apus': no such file or directory"),
    ("check /", "cannot read '/': it is a directory, not a file"),
    ("check fifo", "cannot read 'fifo': it is not a regular file"),
    ("check noise", "noise:1:1: error: expected"),
    ("opt noise", "noise:1:1: error: expected"),
    ("run tiny.apus --network Tiny --weights nofile x.png", "nofile: error: no such file or directory"),
    ("run tiny.apus --network Tiny --weights / x.png", "/: error: it is a directory"),
    ("run tiny.apus --network Tiny --weights fifo x.png", "fifo: error: it is not a regular file"),
    ("run tiny.apus --network Tiny --weights noise x.png", "noise: error: not a safetensors file"),
    ("run tiny.apus --network Tiny --weights empty x.png", "empty: error: not a safetensors file"),
    ("run tiny.apus --network Tiny --seed 1 nofile.png", "nofile.png: No such file or directory"),
    ("run tiny.apus --network Tiny --seed 1 noise", "noise is neither a PNG nor a JPEG picture"),
    ("run tiny.apus --network Tiny --seed 1 fifo", "fifo is not a regular file"),
    ("run tiny.apus --network Tiny --seed 1 /", "/ is not a regular file"),
    ("run tiny.apus --network Tiny --seed 1 --input noise --output y.npy", "noise is not an .npy file"),
    ("run tiny.apus --network Tiny --seed 1 --input fifo --output y.npy", "fifo is not a regular file"),
    (
      "run tiny.apus --network Tiny --seed 1 --input wide.npy --output y.npy",
      "wide.npy has the shape [2, 1, 8, 9]; input image takes [N, 1, 8, 8]"
    ),
    ("run tiny.apus --network Tiny --seed 1 --input short.npy --output y.npy", "its header promises 128 elements"),
    (
      "run tiny.apus --network Tiny --seed 1 --input x.npy --output no/y.npy",
      "no/y.npy cannot be written: No such file or directory"
    ),
    ("show tiny.apus --network Tiny --dot no/x.dot", "no/x.dot: error: cannot be written: no such file or directory"),
    (
      "compile tiny.apus --network Tiny --emit graph -o fifo",
      "fifo: error: cannot be written: it is not a regular file"
    ),
    ("compile tiny.apus --network Tiny --seed 1 -o fifo", "fifo: error: cannot be written: it is not a regular file"),
    ("compile tiny.apus --network Tiny --seed 1 -o .", ".: error: cannot be written: it is a directory"),
    ("compile tiny.apus --network Tiny --seed 1 -o no/tiny", "no/tiny: error: cannot be written: no such file"),
  ])
  func faultsOfFilesAreExplained(_ line: String, _ message: String) throws {
    let network = try TinyNetwork()
    try makeFiles(in: network)
    let names = try network.names
    let run = try network.apus(line.split(separator: " ").map(String.init))
    #expect(run.exitCode == 1)
    #expect(run.output == "")
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(!run.errors.hasSuffix("\n\n"))
    #expect(try network.names == names)
  }

  @Test func allThatDoesNotFitIsListed() throws {
    let weights = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../examples/weights/fashion-resnet20.safetensors").standardizedFileURL.path
    let network = try TinyNetwork()
    let run = try network.apus(["run", "tiny.apus", "--network", "Tiny", "--weights", weights, "x.png"])
    #expect(run.exitCode == 1 && run.output == "")
    #expect(run.errors.contains("error: 97 tensors do not fit the network"), "\(run.errors)")
    #expect(run.errors.contains("unknown 'layer3.2.conv2.weight'"))
    #expect(run.errors.contains("misshaped 'fc.weight': the network needs [3, 4], the file has [10, 64]"))
  }

  @Test func aPictureThatCannotBeReadDoesNotStopTheOthers() throws {
    let picture = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../examples/pictures/8-bag.png").standardizedFileURL.path
    let network = try TinyNetwork()
    let run = try network.apus("run", "nofile.png", picture, "--json")
    #expect(run.exitCode == 1)
    #expect(run.errors == "nofile.png: No such file or directory\n")
    #expect(run.output.contains(picture))
  }

  /// /dev/full takes no byte.
  @Test(arguments: ["show tiny.apus --network Tiny", "compile tiny.apus --network Tiny --emit loops", "--help"])
  func lostOutputIsNoSuccess(_ line: String) throws {
    let run = try TinyNetwork().apus(line.split(separator: " ").map(String.init), outputPath: "/dev/full")
    #expect(run.exitCode == 1)
    #expect(run.errors == "apus: error: standard output could not be written to the end\n")
  }

  /// A limit on the size of files stands in for a disk that is full, at different stages. Units of 1024 bytes, of which
  /// messages need some.
  @Test(arguments: [4, 60])
  func aFullDiskLeavesNothingBehind(_ limit: Int) throws {
    let network = try TinyNetwork()
    let line = "trap '' XFSZ; ulimit -f \(limit); '\(CommandLineRun.apus)' compile tiny.apus --network Tiny --seed 1"
    let run = try CommandLineRun(program: "/bin/bash", arguments: ["-c", line], in: network.directory)
    #expect(run.exitCode == 1)
    #expect(run.errors.hasPrefix("apus: error: "), "\(run.errors)")
    #expect(try network.names == ["tiny.apus"])
  }

  /// A closed standard error is no reason to crash.
  @Test func nobodyNeedsToListen() throws {
    let network = try TinyNetwork()
    let line = "exec 2>&-; '\(CommandLineRun.apus)' check nofile.apus"
    let run = try CommandLineRun(program: "/bin/sh", arguments: ["-c", line], in: network.directory)
    #expect(run.exitCode == 1)
  }

  @Test func withoutClangThereIsAHint() throws {
    let run = try TinyNetwork().apus(
      ["compile", "tiny.apus", "--network", "Tiny", "--seed", "1"], environment: ["PATH": "/nonexistent"])
    #expect(run.exitCode == 1)
    #expect(run.errors.contains("no clang was found beside swift or in PATH"))
  }
}
