import Formats
import GraphIR
import Synchronization
import Testing
import Training

@Suite struct TenCropLoaderTests {
  /// Pictures of 3 rows and 4 columns, whose pixels are 0 to 11, and 100 more for each picture.
  private final class Numbered: PictureSource {
    let count = 3
    let pictureShape: [Int]? = [3, 4, 1]
    private let reads = Mutex(0)
    var readCount: Int { reads.withLock { $0 } }

    func place(of index: Int) -> String { "picture \(index)" }

    func picture(at index: Int) -> Picture {
      reads.withLock { $0 += 1 }
      return Picture(rows: 3, columns: 4, channels: 1, pixels: (0..<12).map { UInt8(100 * index + $0) })
    }
  }

  /// Parts of 2 x 2 pixels: the corners and the centre, each before its mirror image.
  @Test func cornersAndCentreComeWithTheirMirrorImages() throws {
    let pictures = Numbered()
    let set = DataSet(pictures: pictures, labels: [2, 0, 1], classCount: 3)
    let tensors = PictureTensors(
      Preprocessing(
        name: "P", resize: .shorterSide(3), crop: [2, 2], scale: 1, mean: [0], standardDeviation: [1], channels: .gray),
      imageShape: [1, 2, 2])
    let loader = TenCropLoader(set, tensors: tensors, shorterSide: 3, batch: 2)
    #expect(loader.imageCount == 3 && loader.viewCount == 10)
    let parts: [[Float]] = [
      [0, 1, 4, 5], [1, 0, 5, 4], [2, 3, 6, 7], [3, 2, 7, 6], [4, 5, 8, 9], [5, 4, 9, 8], [6, 7, 10, 11],
      [7, 6, 11, 10], [5, 6, 9, 10], [6, 5, 10, 9],
    ]
    let first = try loader.batch(of: 0..<2)
    #expect(first.labels == [2, 0])
    #expect(first.images == parts.flatMap { $0 } + parts.flatMap { $0.map { $0 + 100 } })
    let last = try loader.batch(of: 2..<3)
    #expect(last.labels == [1] && last.images == parts.flatMap { $0.map { $0 + 200 } })
    #expect(pictures.readCount == 3)
  }
}
