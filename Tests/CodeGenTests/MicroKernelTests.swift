import CodeGen
import Kernels
import LoopIR
import Testing

/// The register-tiled kernel that everything heavy is made of: kernel rows and columns and input-channel blocks as
/// loops, 16 channels unrolled, and a tile of accumulators that must stay in registers.
struct MicroKernel {
  var pixels: Int
  var vectors: Int
  var lanes: Int
  var channelBlocks = 4
  var taps = 3
  /// Whether each multiply-add reads its input from memory, rather than from a register that the vectors share.
  var readsInputsAgain = false

  /// Input [block][row][pixel][16]; weights [block][row][tap][16][vectors * lanes]; output [pixel][vectors * lanes].
  var kernel: Kernel {
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read, alignment: 4)
    let weights = builder.buffer("weights", .f32, .read, alignment: 4)
    let output = builder.buffer("output", .f32, .write, alignment: 4)
    let rowStride = (pixels + taps - 1) * 16
    var tile: [[Register]] = []
    for _ in 0..<pixels {
      tile.append((0..<vectors).map { _ in builder.register(.constant(0, .f32(lanes))) })
    }
    builder.loop("icb", to: Index.batch * .constant(channelBlocks)) { builder, block in
      builder.loop("kh", to: .constant(taps)) { builder, row in
        builder.loop("kw", to: .constant(taps)) { builder, column in
          let source = (block * .constant(taps) + row) * .constant(rowStride) + column * 16
          let packed = ((block * .constant(taps) + row) * .constant(taps) + column) * .constant(16 * vectors * lanes)
          for channel in 0..<16 {
            let values = (0..<pixels).map { builder.load(input, at: source + .constant($0 * 16 + channel)) }
            let columns = (0..<vectors).map { vector in
              builder.load(weights, at: packed + .constant((channel * vectors + vector) * lanes), lanes: lanes)
            }
            accumulate(into: tile, values, columns, in: &builder)
          }
        }
      }
    }
    for (pixel, accumulators) in tile.enumerated() {
      for (vector, accumulator) in accumulators.enumerated() {
        builder.store(
          .register(accumulator), to: output, at: .constant((pixel * vectors + vector) * lanes))
      }
    }
    return builder.kernel(named: "micro")
  }

  /// Adds one channel's products, pixel by pixel or, where inputs are read again, vector by vector.
  private func accumulate(
    into tile: [[Register]], _ values: [Expression], _ columns: [Expression], in builder: inout KernelBuilder
  ) {
    func add(_ pixel: Int, _ vector: Int, _ column: Expression) {
      let accumulator = tile[pixel][vector]
      builder.assign(
        accumulator, .fusedMultiplyAdd(.splat(values[pixel], lanes: lanes), column, .register(accumulator)))
    }
    if readsInputsAgain {
      for vector in 0..<vectors {
        let column = builder.bind(columns[vector])
        for pixel in 0..<pixels { add(pixel, vector, column) }
        builder.forgetLoads()
      }
    } else {
      let columns = columns.map { builder.bind($0) }
      for pixel in 0..<pixels {
        for vector in 0..<vectors { add(pixel, vector, columns[vector]) }
      }
    }
  }
}

@Test(arguments: [(14, 2, 16, false), (28, 1, 16, false), (7, 4, 16, true), (6, 2, 8, false)])
func microKernelComputes(pixels: Int, vectors: Int, lanes: Int, readsInputsAgain: Bool) throws {
  let micro = MicroKernel(
    pixels: pixels, vectors: vectors, lanes: lanes, channelBlocks: 2, readsInputsAgain: readsInputsAgain)
  let jit = try JIT([micro.kernel], for: Target(named: "native"))
  let rowStride = (pixels + micro.taps - 1) * 16
  let width = vectors * lanes
  // Small integers, so that every order of summation gives the same.
  var input = (0..<2 * 3 * rowStride).map { Float($0 % 7 - 3) }
  var weights = (0..<2 * 3 * 3 * 16 * width).map { Float($0 % 5 - 2) }
  var output = [Float](repeating: .nan, count: pixels * width)
  input.withUnsafeMutableBytes { input in
    weights.withUnsafeMutableBytes { weights in
      output.withUnsafeMutableBytes { output in
        jit.functions[0]([input.baseAddress, weights.baseAddress, output.baseAddress], 1, 0)
      }
    }
  }
  for pixel in 0..<pixels {
    for column in 0..<width {
      var sum: Float = 0
      for row in 0..<2 * 3 {
        for tap in 0..<3 {
          for channel in 0..<16 {
            sum +=
              input[row * rowStride + (pixel + tap) * 16 + channel]
              * weights[((row * 3 + tap) * 16 + channel) * width + column]
          }
        }
      }
      #expect(output[pixel * width + column] == sum)
    }
  }
}

/// A tile, and what its code must hold.
struct TileExpectation: Sendable {
  var target: String
  var pixels: Int
  var vectors: Int
  var lanes: Int
  var readsInputsAgain = false
  /// Multiply-adds whose factor is one number in memory, spread over the lanes by the instruction itself.
  var broadcastOperands: Int
  /// Instructions that spread a number in memory over a register.
  var broadcastLoads: Int
}

@Test(arguments: [
  TileExpectation(
    target: "x86-64-v4", pixels: 28, vectors: 1, lanes: 16, broadcastOperands: 28 * 16, broadcastLoads: 0),
  TileExpectation(
    target: "x86-64-v4", pixels: 14, vectors: 2, lanes: 16, broadcastOperands: 0, broadcastLoads: 14 * 16),
  TileExpectation(
    target: "x86-64-v4", pixels: 7, vectors: 4, lanes: 16, readsInputsAgain: true, broadcastOperands: 28 * 16,
    broadcastLoads: 0),
  TileExpectation(target: "x86-64-v3", pixels: 6, vectors: 2, lanes: 8, broadcastOperands: 0, broadcastLoads: 6 * 16),
  TileExpectation(target: "x86-64-v3", pixels: 4, vectors: 3, lanes: 8, broadcastOperands: 0, broadcastLoads: 4 * 16),
])
func accumulatorsStayInRegisters(tile: TileExpectation) throws {
  var micro = MicroKernel(pixels: tile.pixels, vectors: tile.vectors, lanes: tile.lanes)
  micro.readsInputsAgain = tile.readsInputsAgain
  let assembly = try emitAssembly([micro.kernel], symbolPrefix: "k", for: Target(named: tile.target))
  let instructions = assembly.split(separator: "\n")
  func count(_ text: String) -> Int { instructions.count { $0.contains(text) } }
  #expect(count("(%rsp)") == 0)
  #expect(count("vfmadd") == tile.pixels * tile.vectors * 16)
  #expect(count("{1to\(tile.lanes)}") == tile.broadcastOperands)
  #expect(count("vbroadcastss") == tile.broadcastLoads)
}
