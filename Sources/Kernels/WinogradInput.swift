import LoopIR

/// Writes the transform of the input: B^T d B of each tile and channel block.
struct WinogradInput {
  let problem: Winograd
  let schedule: Winograd.Schedule
  let input: BufferID

  /// Transforms `tiles` tiles of a block to `transformed`, from `origin` on.
  func emit(
    _ block: TileBlock, tiles: Index, channelBlocks: (from: Index, to: Index), into transformed: BufferID,
    at origin: Index, in builder: inout KernelBuilder
  ) {
    let convolution = problem.convolution
    let transform = TileTransform(
      kind: .input, vertical: problem.vertical, horizontal: problem.horizontal, image: convolution.input,
      source: input, padding: (convolution.paddingTop, convolution.paddingLeft),
      tiles: (problem.tileRows, problem.tileColumns), layout: problem.transformedInput(schedule))
    // Tile by tile along the rows of a plane, which is how a processor foresees what is read.
    builder.loop("channelBlock", from: channelBlocks.from, to: channelBlocks.to) { builder, channelBlock in
      builder.loop("tile", to: tiles) { builder, tile in
        transform.emit(
          problem.place(ofTile: tile, in: block, schedule), channelBlock: channelBlock, into: transformed,
          at: origin + tile * .constant(transform.layout.lanes), in: &builder)
      }
    }
  }
}
