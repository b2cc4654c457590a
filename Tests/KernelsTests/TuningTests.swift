import Kernels
import Testing

@Suite struct TuningTests {
  private func layer(_ machine: Machine, stride: Int) -> Convolution {
    ConvolutionProblem(channels: (64, 128), size: 14, kernel: 3, stride: stride, batch: 4, lanes: machine.vectorLanes)
      .convolution
  }

  private func algorithm(_ convolution: Convolution, _ machine: Machine, batch: Int = 4) -> Convolution.Algorithm {
    convolution.algorithm(machine: machine, largestBatch: batch, isExact: false)
  }

  @Test(arguments: ConvolutionTests.machines, 1...3)
  func candidatesHaveNamesOfTheirOwn(machine: Machine, stride: Int) {
    let convolution = layer(machine, stride: stride)
    let all = convolution.algorithms(machine: machine, largestBatch: 4, isExact: false)
    #expect(all.count > 4 && all[0] == algorithm(convolution, machine))
    #expect(Set(all.map(\.description)).count == Set(all).count)
    #expect(all.contains { $0.description.hasPrefix("winograd") } == (stride < 3))
    let exact = convolution.algorithms(machine: machine, largestBatch: 4, isExact: true)
    #expect(exact.allSatisfy { $0.description.hasPrefix("direct") })
  }

  /// Of the batch that it was measured for, and of no other.
  @Test(arguments: ConvolutionTests.machines, [1, 2])
  func whatWasMeasuredIsChosen(machine: Machine, stride: Int) throws {
    let convolution = layer(machine, stride: stride)
    let all = convolution.algorithms(machine: machine, largestBatch: 4, isExact: false)
    let other = try #require(all.last)
    var tuned = machine
    tuned.tuning = Tuning(choices: [convolution.tuningKey(largestBatch: 4): other.description])
    #expect(algorithm(convolution, tuned) == other)
    #expect(algorithm(convolution, tuned, batch: 5) == algorithm(convolution, machine, batch: 5))
  }

  @Test func keysAreShapes() {
    let key = layer(.avx512, stride: 2).tuningKey(largestBatch: 4)
    #expect(key == "c64 h14 w14 o128 h7 w7 k3x3 s2x2 d1x1 p1x1 g1 n4")
  }

  @Test(arguments: ["", "direct 9x99x9, chunks 1x1x1"])
  func whatIsNoCandidateIsNotChosen(_ choice: String) {
    let convolution = layer(.avx512, stride: 1)
    var tuned = Machine.avx512
    tuned.tuning.choices[convolution.tuningKey(largestBatch: 4)] = choice
    #expect(algorithm(convolution, tuned) == algorithm(convolution, .avx512))
  }
}
