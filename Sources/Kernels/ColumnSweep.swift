import LoopIR

/// Visits the columns of a row, several at a time: `body` is written once for each of them, with its number among
/// those, so that what they load and add up is independent.
func emitColumns(
  _ columns: Int, unrolling most: Int, in builder: inout KernelBuilder,
  _ body: (inout KernelBuilder, _ column: Index, _ number: Int) -> Void
) {
  let tiling = RowTiling(columns: columns, vectors: 1, mostPixels: most)
  func emit(width: Int, from first: Int, count: Int, in builder: inout KernelBuilder) {
    builder.loop("columns", to: .constant(count)) { builder, index in
      for number in 0..<width { body(&builder, index * .constant(width) + .constant(first + number), number) }
    }
  }
  let width = tiling.tile.pixels
  emit(width: width, from: 0, count: tiling.fullCount, in: &builder)
  if tiling.narrowCount > 0 {
    emit(width: width - 1, from: tiling.fullCount * width, count: tiling.narrowCount, in: &builder)
  }
}

/// Sums that are made side by side, added two by two.
func emitTotal(_ sums: [Register]) -> Expression { emitTotal(sums.map(Expression.register)) }

/// Terms added two by two.
func emitTotal(_ terms: [Expression]) -> Expression {
  var terms = terms
  while terms.count > 1 {
    terms = stride(from: 0, to: terms.count, by: 2).map {
      $0 + 1 < terms.count ? terms[$0] + terms[$0 + 1] : terms[$0]
    }
  }
  return terms[0]
}

extension ImageLayout {
  /// The index of a vector of `lanes` channels at a pixel; of a plain vector's tensor too.
  func index(image: Index, vector: Index, row: Index, column: Index, lanes: Int) -> Index {
    image * .constant(elementCount) + vector * .constant(isBlocked ? blockStride : lanes)
      + row * .constant(rowStride) + column * .constant(pixelStride) + .constant(firstColumn)
  }
}

/// How a reduction over a batch divides into chunks: groups of images by bands of channels. Each group makes one partial
/// result, so it depends on the tensor and the largest batch alone.
package struct ReductionChunks: Hashable, Sendable {
  package var imagesPerChunk: Int
  package var vectorsPerChunk: Int
  /// Vectors of channels.
  package var vectorCount: Int

  package init(over layout: ImageLayout, lanes: Int, largestBatch: Int) {
    let leastElements = 16384
    let wantedChunks = 16
    vectorCount = (layout.channels + lanes - 1) / lanes
    let elementCount = vectorCount * lanes * layout.rows * layout.columns
    let mostImages = max(1, largestBatch / wantedChunks)
    imagesPerChunk = min(mostImages, max(1, leastElements / elementCount))
    let groups = (largestBatch + imagesPerChunk - 1) / imagesPerChunk
    let bands = max(1, min(vectorCount, wantedChunks / groups, elementCount / leastElements))
    vectorsPerChunk = (vectorCount + bands - 1) / bands
  }

  /// Chunks for each group of `imagesPerChunk` images.
  package var chunksPerGroup: Int { (vectorCount + vectorsPerChunk - 1) / vectorsPerChunk }

  package func groupCount(batch: Int) -> Int { (batch + imagesPerChunk - 1) / imagesPerChunk }

  /// The chunk's group, and loops over its vectors.
  func emit(in builder: inout KernelBuilder, _ body: (inout KernelBuilder, _ group: Index, _ vector: Index) -> Void) {
    let group = Index.chunk / chunksPerGroup
    let first = Index.chunk % chunksPerGroup * .constant(vectorsPerChunk)
    let last = Index.min(first + .constant(vectorsPerChunk), .constant(vectorCount))
    builder.loop("vector", from: first, to: last) { body(&$0, group, $1) }
  }

  /// The images of a group.
  func images(of group: Index) -> (from: Index, to: Index) {
    let first = group * .constant(imagesPerChunk)
    return (first, .min(first + .constant(imagesPerChunk), .batch))
  }
}
