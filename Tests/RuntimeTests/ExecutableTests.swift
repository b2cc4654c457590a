import CodeGen
import Foundation
import GraphIR
import Testing

@Suite struct ExecutableTests {
  /// Runs an executable for batches of 2 to 4.
  private func run(_ arguments: [String], in directory: TemporaryDirectory? = nil) throws -> CommandResult {
    let files = try HandWrittenArtifact(batches: 2...4).written(as: .executable).files
    return try CommandResult(files.binary, arguments, in: directory?.url)
  }

  // MARK: Arrays

  /// Fewer images than the smallest batch, as many as the largest, and more, in pieces of 4 with a rest of 1 or 3.
  @Test(arguments: [1, 2, 4, 5, 11])
  func arraysOfAnySizeRunInPieces(count: Int) throws {
    let directory = try TemporaryDirectory()
    let input = HandWrittenModel.input(batch: count)
    try directory.write(NpyFile.bytes(shape: [count, 8], input), to: "x.npy")
    let result = try run(["--input", "x.npy", "--output=y.npy", "--threads", "2"], in: directory)
    #expect(result.status == 0 && result.errors.isEmpty && result.output.isEmpty, "\(result.errors)")
    let output = try NpyFile.read(directory.path("y.npy"))
    #expect(output.header.contains("(\(count), 8)"))
    // The sums wrap around within a piece, which is padded with zeros to two images.
    let expected = stride(from: 0, to: count, by: 4).flatMap { first in
      let piece = Array(input[first * 8..<min(first + 4, count) * 8])
      let padded = piece + [Float](repeating: 0, count: max(0, 16 - piece.count))
      return HandWrittenModel.expectation(additions: 3, input: padded).prefix(piece.count)
    }
    #expect(output.elements == expected)
  }

  @Test(arguments: [
    ([3, 9], "has the shape [3, 9]; input x takes [N, 8]"),
    ([8], "has the shape [8]; input x takes [N, 8]"),
    ([0, 8], "holds 0 images; at least one is needed"),
  ])
  func arraysOfAnotherShapeAreRefused(shape: [Int], message: String) throws {
    let directory = try TemporaryDirectory()
    let elements = [Float](repeating: 0, count: shape.reduce(1, *))
    try directory.write(NpyFile.bytes(shape: shape, elements), to: "x.npy")
    let result = try run(["--input", "x.npy", "--output", "y.npy"], in: directory)
    #expect(result.status == 1)
    #expect(result.errors == "x.npy \(message)\n")
    #expect(try directory.names == ["x.npy"])
  }

  // MARK: Arguments

  @Test(arguments: [
    ([], "give pictures, --input and --output, --bench, or --info"),
    (["--what"], "unknown option '--what'"),
    (["--threads"], "--threads needs a value"),
    (["--threads", "0", "--bench"], "--threads takes a whole number from 1 to 1024, not '0'"),
    (["--bench", "--repeat", "3x"], "--repeat takes a whole number from 1 to 1000000, not '3x'"),
    (["--bench", "--seconds", "nan"], "--seconds takes a positive number, not 'nan'"),
    (["--bench", "--seconds", "1", "--repeat", "2"], "--repeat and --seconds exclude each other"),
    (["--bench", "a.png"], "pictures cannot be combined"),
    (["--bench", "--input", "a"], "--input and --output cannot be combined"),
    (["--input", "a"], "--input and --output go together"),
    (["--input", "a", "--output", "b", "--top", "2"], "--top is for pictures"),
    (["--input", "a", "--output", "b", "--json"], "--json is for pictures and --bench"),
    (["--input", "a", "--input", "b", "--output", "c"], "has 1 input(s) and 1 output(s)"),
    (["a.png", "--repeat", "2"], "are for --bench"),
  ])
  func wrongArgumentsAreExplained(arguments: [String], message: String) throws {
    let result = try run(arguments)
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.errors.hasSuffix("--help.\n") && result.output.isEmpty)
  }

  @Test(arguments: [
    (["none.npy"], "hand_written cannot classify pictures: no preprocessing is declared for it"),
    (["--input", "none.npy", "--output", "y.npy"], "none.npy: No such file or directory"),
    (["--bench", "--batch", "9"], "hand_written was compiled for batches 2 to 4"),
    (["--bench", "--weights", "/"], "/ is not a regular file"),
  ])
  func inputsAtFaultAreNamed(arguments: [String], message: String) throws {
    let result = try run(arguments)
    #expect(result.status == 1)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test func helpAndInfoDescribeTheModel() throws {
    let help = try run(["--help"])
    #expect(help.status == 0 && help.errors.isEmpty)
    for text in ["hand_written, compiled for x86-64-v2 in f32", "input   x: f32[N, 8]", "batch   2 to 4", "--bench"] {
      #expect(help.output.contains(text), "\(help.output)")
    }
    let info = try run(["--info"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(info.output.utf8)) as? [String: Any])
    #expect(object["network"] as? String == "hand_written")
    #expect(object["smallest_batch"] as? Int == 2 && object["largest_batch"] as? Int == 4)
    #expect(object["macs"] as? Int == 8)
  }

  // MARK: Bench

  @Test func benchReportsAllTimes() throws {
    let result = try run(["--bench", "--repeat", "5", "--threads", "2", "--batch", "3", "--json"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(object["network"] as? String == "hand_written" && object["precision"] as? String == "f32")
    #expect(object["batch"] as? Int == 3 && object["threads"] as? Int == 2)
    #expect(object["target"] as? String == "x86-64-v2")
    let times = try #require(object["times_ms"] as? [Double]).sorted()
    #expect(times.count == 5)
    #expect(object["min_ms"] as? Double == times.first && object["median_ms"] as? Double == times[2])
    #expect(object["p90_ms"] as? Double == times.last && object["p99_ms"] as? Double == times.last)
    let gflops = try #require(object["gflops"] as? Double)
    #expect(abs(gflops - 2 * 8 * 3 / (times[2] * 1e6)) < 0.001)
    let table = try run(["--bench", "--seconds", "0.01"])
    #expect(table.output.contains("hand_written, batch 2") && table.output.contains("median"))
  }

  // MARK: Weights and processors

  @Test func weightsAreFoundBesideTheExecutable() throws {
    let directory = try TemporaryDirectory()
    let files = try HandWrittenArtifact(weightsPlacement: .beside).write(.executable, to: directory.path("model"))
    #expect(try directory.names == ["model", "model.weights"])
    let elsewhere = try TemporaryDirectory()
    try elsewhere.write(NpyFile.bytes(shape: [1, 8], HandWrittenModel.input(batch: 1)), to: "x.npy")
    let arguments = ["--input", "x.npy", "--output", "y.npy"]
    let result = try CommandResult(files.binary, arguments, in: elsewhere.url)
    #expect(result.status == 0 && result.errors.isEmpty)
    let weights = try #require(files.weights)
    try FileManager.default.moveItem(atPath: weights, toPath: elsewhere.path("moved"))
    let lost = try CommandResult(files.binary, arguments, in: elsewhere.url)
    #expect(lost.status == 1 && lost.errors == "\(weights): No such file or directory\n")
    let found = try CommandResult(files.binary, arguments + ["--weights", "moved"], in: elsewhere.url)
    #expect(found.status == 0 && found.errors.isEmpty)
  }

  @Test func aMissingFeatureIsAMessage() throws {
    let files = try HandWrittenArtifact(cpuFeatures: ["avx9000"]).written(as: .executable).files
    let result = try CommandResult(files.binary, ["--bench"])
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("hand_written was compiled for a processor with avx9000, which this one lacks"))
    #expect(try CommandResult(files.binary, ["--help"]).status == 0)
  }
}
