/// How the elements of one image's activation lie in memory, in elements from the image's start. Images follow one
/// another without a gap.
///
/// Channels are cut into blocks of `channelBlock`, the machine's vector width: [C / c][H][W + 2 * halo][c]. Lanes
/// past the last channel hold zeros, and so do the halo columns left and right of each row; whoever writes the
/// tensor writes both. A block of 1 is the plain order of pictures and of network outputs, [C][H][W + 2 * halo];
/// vectors (tensors [N, C]) are always plain.
/// Rows have no halo: kernels clip their loops there instead.
package struct ImageLayout: Hashable, Sendable {
  package var channels: Int
  package var rows: Int
  package var columns: Int
  package var channelBlock: Int
  package var columnHalo: Int

  package init(channels: Int, rows: Int, columns: Int, channelBlock: Int, columnHalo: Int = 0) {
    self.channels = channels
    self.rows = rows
    self.columns = columns
    self.channelBlock = channelBlock
    self.columnHalo = columnHalo
  }

  package var isBlocked: Bool { channelBlock > 1 }
  /// Whether elements stand in row-major [C, H, W] order with nothing between them.
  package var isDense: Bool { columnHalo == 0 && channelBlock == 1 }
  package var blockCount: Int { (channels + channelBlock - 1) / channelBlock }
  package var hasPaddingLanes: Bool { channels % channelBlock != 0 }

  /// What its address is a multiple of: blocked tensors are ours, plain ones may be the caller's.
  package var byteAlignment: Int { isBlocked ? 64 : 4 }

  package var pixelStride: Int { channelBlock }
  package var rowStride: Int { (columns + 2 * columnHalo) * channelBlock }
  package var blockStride: Int { rows * rowStride }
  package var elementCount: Int { blockCount * blockStride }

  /// Elements between neighbouring channels of one block.
  package var channelStride: Int { isBlocked ? 1 : blockStride }
  /// Where column 0 of a row begins.
  package var firstColumn: Int { columnHalo * channelBlock }
  /// The columns of zeros, left and right of a row's.
  package var haloColumns: [Int] { Array(-columnHalo..<0) + Array(columns..<columns + columnHalo) }
}

extension ImageLayout: CustomStringConvertible {
  /// Channels, rows and columns, then how they are stored: `[64, 56, 56] in blocks of 16, halo 1`.
  package var description: String {
    "[\(channels), \(rows), \(columns)]" + (isBlocked ? " in blocks of \(channelBlock)" : "")
      + (columnHalo == 0 ? "" : ", halo \(columnHalo)")
  }
}
