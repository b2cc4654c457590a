import CodeGen
import Compiler
import Foundation

// Convolutions of ResNet-50 on one thread as fractions of the machine's FMA peak: apus-bench-kernels [TARGET] [FILTER]
let arguments = CommandLine.arguments.dropFirst()
let target = try Target(named: arguments.first ?? "native")
let filter = arguments.dropFirst().joined(separator: " ")

func text(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
func padded(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }

let peak = try MultiplyAddPeak(target: target)
print("FMA peak \(text(2e-9 * peak.measure(), 1)) GFLOP/s (\(target.cpu), \(target.machine.vectorLanes) lanes)")
print("shape                          best %  median %  GFLOP/s  compile ms")
for shape in Shape.resNet50 where filter.isEmpty || shape.text.contains(filter) {
  let benchmark = try ConvolutionBenchmark(shape, target: target)
  // The peak is measured beside each shape, since the machine's speed drifts.
  let limit = peak.measure()
  let (best, median) = try benchmark.measure(bursts: 15)
  let name = shape.text + String(repeating: " ", count: max(0, 30 - shape.text.count))
  print(
    name, padded(text(100 * best / limit, 1), 6), padded(text(100 * median / limit, 1), 9),
    padded(text(2e-9 * best, 1), 8), padded(text(1e3 * benchmark.compileSeconds, 0), 11))
}
