import CodeGen
import Compiler
import Foundation
import GraphIR

// Convolutions on one thread as fractions of the multiply-add peak: apus-bench-kernels [PART] [TARGET] [FILTER], PART as
// TrainingBenchmark has them, or --exact for direct convolution; else inference.

func padded(_ number: Double, digits: Int, width: Int) -> String {
  let text = String(format: "%.\(digits)f", number)
  return String(repeating: " ", count: max(0, width - text.count)) + text
}

func benchmark(_ target: Target, _ arithmetic: Arithmetic, _ filter: String) throws {
  let peak = try MultiplyAddPeak(target: target)
  print("\(target.name): multiply-add peak \(padded(2e-9 * peak.measure(), digits: 1, width: 0)) GFLOP/s a core")
  print("shape                          best %  median %   GFLOP/s  compile ms")
  for shape in Shape.resNet50 where filter.isEmpty || shape.text.contains(filter) {
    let benchmark = try ConvolutionBenchmark(shape, target: target, arithmetic: arithmetic)
    // The peak is measured beside each shape, since the machine's speed drifts.
    let limit = peak.measure()
    let (best, median) = try benchmark.measure(bursts: 15)
    print(
      shape.text.padding(toLength: 29, withPad: " ", startingAt: 0)
        + padded(100 * best / limit, digits: 1, width: 8) + padded(100 * median / limit, digits: 1, width: 10)
        + padded(2e-9 * best, digits: 1, width: 10)
        + padded(1e3 * benchmark.compileSeconds, digits: 0, width: 12))
  }
}

func benchmark(_ part: TrainingBenchmark.Part, _ target: Target, _ filter: String) throws {
  let peak = try MultiplyAddPeak(target: target)
  let isMemoryBound = part.isSweep
  print(
    "shape                               " + (isMemoryBound ? "best GB/s  median" : "best %  median %") + "        ms")
  for shape in Shape.training where filter.isEmpty || shape.text.contains(filter) {
    let benchmark = try TrainingBenchmark(part, shape, target: target)
    let limit = isMemoryBound ? 1e11 : peak.measure()
    let (best, median) = benchmark.measure(runs: 5)
    print(
      shape.text.padding(toLength: 34, withPad: " ", startingAt: 0)
        + padded(100 * best / limit, digits: 1, width: 8) + padded(100 * median / limit, digits: 1, width: 10)
        + padded(1e3 * Double(benchmark.work) / best, digits: 2, width: 10))
  }
}

var arguments = CommandLine.arguments.dropFirst()
do {
  if let part = arguments.first.flatMap(TrainingBenchmark.Part.init) {
    arguments.removeFirst()
    try benchmark(part, Target(named: arguments.first ?? "native"), arguments.dropFirst().joined(separator: " "))
  } else {
    let isExact = arguments.first == "--exact"
    if isExact { arguments.removeFirst() }
    try benchmark(
      Target(named: arguments.first ?? "native"), isExact ? .exact : .fast,
      arguments.dropFirst().joined(separator: " "))
  }
} catch {
  FileHandle.standardError.write(Data("apus-bench-kernels: \(error)\n".utf8))
  exit(error is TargetError ? 2 : 70)
}
