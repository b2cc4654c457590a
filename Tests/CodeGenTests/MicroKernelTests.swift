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
            let columns = (0..<vectors).map { vector in
              builder.bind(
                builder.load(weights, at: packed + .constant((channel * vectors + vector) * lanes), lanes: lanes))
            }
            for (pixel, accumulators) in tile.enumerated() {
              let value = builder.load(input, at: source + .constant(pixel * 16 + channel))
              for (accumulator, column) in zip(accumulators, columns) {
                builder.assign(
                  accumulator, .fusedMultiplyAdd(.splat(value, lanes: lanes), column, .register(accumulator)))
              }
            }
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
}

@Test(arguments: [(14, 2, 16), (28, 1, 16), (6, 2, 8)])
func microKernelComputes(pixels: Int, vectors: Int, lanes: Int) throws {
  let micro = MicroKernel(pixels: pixels, vectors: vectors, lanes: lanes, channelBlocks: 2)
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
  TileExpectation(target: "x86-64-v3", pixels: 6, vectors: 2, lanes: 8, broadcastOperands: 0, broadcastLoads: 6 * 16),
  TileExpectation(target: "x86-64-v3", pixels: 4, vectors: 3, lanes: 8, broadcastOperands: 0, broadcastLoads: 4 * 16),
])
func accumulatorsStayInRegisters(tile: TileExpectation) throws {
  let micro = MicroKernel(pixels: tile.pixels, vectors: tile.vectors, lanes: tile.lanes)
  let assembly = try emitAssembly([micro.kernel], symbolPrefix: "k", for: Target(named: tile.target))
  let instructions = assembly.split(separator: "\n")
  func count(_ text: String) -> Int { instructions.count { $0.contains(text) } }
  #expect(count("(%rsp)") == 0)
  #expect(count("vfmadd") == tile.pixels * tile.vectors * 16)
  #expect(count("{1to\(tile.lanes)}") == tile.broadcastOperands)
  #expect(count("vbroadcastss") == tile.broadcastLoads)
}
