import Kernels
import LoopIR
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  static let machines: [Machine] = [.sse2, .neon, .avx2, .avx512, .wideAVX512]

  /// The interpreter against counting, so whatever code generation does: each weight lies where the kernel reads it,
  /// every element is written, halos and lanes past the last channel with zeros, and no access leaves its buffer.
  @Test(arguments: 0..<48)
  func agreesWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let machine = Self.machines[Int(seed) % 3]
    let lanes = machine.vectorLanes
    var problem = ConvolutionProblem(random: &generator, lanes: lanes)
    if seed % 5 == 4 { problem.convolution.sums = .f64 }
    if seed % 2 == 1 { problem.convolution.filter = problem.convolution.filterLayout(lanes: lanes) }
    for schedule in [problem.schedule(machine), problem.schedule(machine, random: &generator)] {
      let kernel = problem.convolution.kernel(named: "conv", schedule: schedule, machine: machine)
      let (operands, expected) = problem.data(schedule, lanes: lanes, random: &generator)
      let found = try interpret(
        kernel, on: operands, resultCount: expected.count, chunkCount: problem.chunkCount(schedule),
        batch: problem.batch)
      expectSame(found, expected, tolerance: 1e-5, "\(problem) with \(schedule)")
    }
  }

  /// Sums in f64 are rounded to f32 once, at the end: they are the numbers that counting in f64 gives. Sums in f32 are not.
  @Test(arguments: machines)
  func wideSumsAreRoundedOnce(machine: Machine) throws {
    var problem = ConvolutionProblem(
      channels: (40, 24), size: 5, kernel: 3, batch: 2, lanes: machine.vectorLanes, epilogue: Epilogue(hasBias: true))
    for sums in [ScalarType.f64, .f32] {
      problem.convolution.sums = sums
      var generator = SeededGenerator(seed: 5)
      let schedule = problem.schedule(machine)
      let kernel = problem.convolution.kernel(named: "conv", schedule: schedule, machine: machine)
      let (operands, expected) = problem.data(schedule, lanes: machine.vectorLanes, random: &generator)
      let found = try interpret(
        kernel, on: operands, resultCount: expected.count, chunkCount: problem.chunkCount(schedule),
        batch: problem.batch)
      #expect((found == expected) == (sums == .f64), "\(sums)")
    }
  }

  /// Whatever the schedule, an element is added up in one order. (Where groups start at another block in another tile,
  /// that only adds zeros.)
  @Test(arguments: 0..<12)
  func tilesDoNotChangeABit(seed: UInt64) throws {
    var generator = SeededGenerator(seed: 1000 + seed)
    let machine = Self.machines[Int(seed) % 2]
    let problem = ConvolutionProblem(random: &generator, lanes: machine.vectorLanes)
    let schedules = (0..<3).map { _ in problem.schedule(machine, random: &generator) }
    let results = try schedules.map { schedule in
      var data = SeededGenerator(seed: seed)
      let kernel = problem.convolution.kernel(named: "conv", schedule: schedule, machine: machine)
      let (operands, expected) = problem.data(schedule, lanes: machine.vectorLanes, random: &data)
      return try interpret(
        kernel, on: operands, resultCount: expected.count, chunkCount: problem.chunkCount(schedule),
        batch: problem.batch)
    }
    for result in results.dropFirst() { expectSame(result, results[0], "\(problem)") }
  }

  /// Layers of networks: every element of the result belongs to just one chunk, and is stored once, also where the
  /// batch is smaller than the largest that the schedule is made for. Its line is asked for ahead, unless that would be
  /// too late.
  @Test(arguments: machines)
  func chunksCoverTheResultOnce(machine: Machine) {
    let lanes = machine.vectorLanes
    let layers = [
      ConvolutionProblem(channels: (3, 64), size: 56, kernel: 7, stride: 2, batch: 2, lanes: lanes),
      ConvolutionProblem(channels: (64, 64), size: 28, kernel: 3, batch: 1, lanes: lanes),
      ConvolutionProblem(channels: (64, 200), size: 28, kernel: 1, batch: 2, lanes: lanes),
      ConvolutionProblem(channels: (128, 128), size: 28, kernel: 3, stride: 2, batch: 3, lanes: lanes),
      ConvolutionProblem(channels: (512, 512), size: 7, kernel: 3, batch: 3, lanes: lanes),
      ConvolutionProblem(channels: (1024, 2048), size: 14, kernel: 1, stride: 2, batch: 3, lanes: lanes),
      ConvolutionProblem(channels: (512, 512), size: 14, kernel: 3, groups: 32, batch: 3, lanes: lanes),
      ConvolutionProblem(channels: (64, 64), size: 14, kernel: 3, groups: 32, batch: 2, lanes: lanes),
      ConvolutionProblem(channels: (16, 17), size: 25, kernel: 3, batch: 4, lanes: lanes),
    ]
    for layer in layers {
      let schedule = layer.schedule(machine)
      let kernel = layer.convolution.kernel(named: "conv", schedule: schedule, machine: machine)
      for batch in Set([1, layer.batch]) {
        let run = ConvolutionProblem(layer.convolution, batch: batch)
        let counter = StoreCounter(
          of: kernel, resultCount: batch * layer.convolution.output.elementCount,
          chunkCount: run.chunkCount(schedule), batch: batch)
        #expect(counter.counts.allSatisfy { $0 == 1 }, "\(layer) with \(schedule)")
        let isForeseen = !schedule.reduction.isByLane
        #expect(counter.unforeseen.isEmpty == isForeseen, "\(layer) with \(schedule)")
      }
    }
  }

  /// The next block's lines are asked for where a chunk strides over a large map, or over those of several images.
  @Test(arguments: [(256, 28, 2, 1, true), (512, 14, 2, 8, true), (512, 14, 2, 1, false), (256, 28, 1, 1, false)])
  func inputsAreForeseen(channels: Int, size: Int, stride: Int, batch: Int, expected: Bool) {
    for machine in Self.machines {
      let problem = ConvolutionProblem(
        channels: (channels, channels), size: size, kernel: 3, stride: stride, batch: batch, lanes: machine.vectorLanes)
      let kernel = problem.convolution.kernel(named: "conv", schedule: problem.schedule(machine), machine: machine)
      #expect(kernel.description.contains("prefetch input[") == expected, "\(problem)")
    }
  }

  @Test func haloIsWhatIsRead() {
    func halo(_ columns: Int, _ outputs: Int, kernel: Int, stride: Int = 1, dilation: Int = 1, left: Int) -> Int {
      Convolution.requiredHalo(
        columns: columns, outputColumns: outputs, kernel: kernel, stride: stride, dilation: dilation, paddingLeft: left)
    }
    #expect(halo(8, 8, kernel: 1, left: 0) == 0)
    #expect(halo(8, 8, kernel: 3, left: 1) == 1)
    #expect(halo(8, 4, kernel: 3, stride: 2, left: 1) == 1, "on the left; the right end is not reached")
    #expect(halo(8, 6, kernel: 3, left: 0) == 0)
    #expect(halo(8, 8, kernel: 3, dilation: 2, left: 2) == 2)
    #expect(halo(8, 8, kernel: 3, left: 0) == 2, "all of the padding is on the right")
    #expect(halo(8, 3, kernel: 1, stride: 4, left: 0) == 1)
  }
}

@Suite struct RegisterTileTests {
  /// Accumulators, one register for each vector of weights, and one for the input where it is not read from memory.
  @Test(arguments: ConvolutionTests.machines)
  func tilesFitIntoRegisters(machine: Machine) {
    for vectors in 1...machine.vectorRegisterCount {
      let pixels = RegisterTile.mostPixels(vectors: vectors, machine: machine)
      let needed = pixels * vectors + vectors + (machine.broadcastsFromMemory ? 0 : 1)
      #expect(pixels <= 0 || needed <= machine.vectorRegisterCount, "\(vectors) vectors")
    }
    #expect(RegisterTile.mostPixels(vectors: 1, machine: machine) >= 8, "too few to hide latencies")
  }

  @Test func rowsAreCutIntoNearEqualTiles() {
    for columns in 1...130 {
      for mostPixels in 1...28 {
        let tiling = RowTiling(columns: columns, vectors: 2, mostPixels: mostPixels)
        let pixels = tiling.tile.pixels
        #expect(tiling.fullCount * pixels + tiling.narrowCount * (pixels - 1) == columns)
        #expect(pixels <= mostPixels && tiling.fullCount > 0)
        #expect(tiling.fullCount + tiling.narrowCount == (columns + mostPixels - 1) / mostPixels)
      }
    }
  }

  /// The tiles that schedules choose fit too.
  @Test(arguments: ConvolutionTests.machines)
  func schedulesUseTilesThatFit(machine: Machine) {
    for size in [1, 7, 14, 25, 56, 112] {
      for channels in [1, 10, 64, 512] {
        let problem = ConvolutionProblem(
          channels: (16, channels), size: size, kernel: 1, batch: 1, lanes: machine.vectorLanes)
        let chosen = problem.schedule(machine)
        let tile = chosen.tiling.tile
        #expect(chosen.rowsPerTile * tile.pixels <= RegisterTile.mostPixels(vectors: tile.vectors, machine: machine))
        // By lane: sums and inputs of each pixel, a vector of weights, and one of exchanged lanes.
        let depthwise = ConvolutionProblem(
          channels: (channels, channels), size: size, kernel: 3, groups: channels, batch: 1, lanes: machine.vectorLanes)
        let schedule = depthwise.schedule(machine)
        guard schedule.reduction.isByLane else { continue }
        #expect(2 * schedule.tiling.tile.pixels + 2 <= machine.vectorRegisterCount)
      }
    }
  }
}
