import Formats
import Foundation
import GraphIR
import Synchronization
import Testing
import Training

/// Batches: what is in them, whoever prepares them and wherever training goes on.
@Suite struct BatchLoaderTests {
  /// Pictures of 4 x 5 pixels in one colour or gray, each of the pixels' value its index plus 1.
  private final class FlatPictures: PictureSource {
    let count: Int
    let channels: Int
    /// A picture that cannot be read.
    let broken: Int?
    private let read = Mutex(0)

    init(count: Int, channels: Int = 1, broken: Int? = nil) {
      self.count = count
      self.channels = channels
      self.broken = broken
    }

    var pictureShape: [Int]? { [4, 5, channels] }
    var readCount: Int { read.withLock { $0 } }

    func place(of index: Int) -> String { "picture \(index)" }

    func picture(at index: Int) throws -> Picture {
      read.withLock { $0 += 1 }
      if index == broken { throw FileError(place(of: index), "it is broken") }
      return Picture(
        rows: 4, columns: 5, channels: channels,
        pixels: [UInt8](repeating: UInt8(index + 1), count: 20 * channels))
    }
  }

  private static func set(_ pictures: FlatPictures) -> DataSet {
    DataSet(pictures: pictures, labels: (0..<pictures.count).map { Int32($0 % 3) }, classCount: 3)
  }

  private static let plain = PictureTensors(
    Preprocessing(name: "P", scale: 1, mean: [0], standardDeviation: [1], channels: .gray), imageShape: [1, 4, 5])

  private static let everything: Recipe.Augmentation = {
    var augmentation = Recipe.Augmentation()
    augmentation.crop = .padded(2)
    augmentation.mirror = true
    return augmentation
  }()

  /// Batches of 4 of 11 pictures.
  private static func loader(
    _ augmentation: Recipe.Augmentation = everything, seed: UInt64 = 1, stepCount: Int = 9, depth: Int = 2,
    threadCount: Int = 1, pictures: FlatPictures = FlatPictures(count: 11)
  ) -> BatchLoader {
    let set = set(pictures)
    let order = BatchOrder(shuffling: Array(0..<Int32(pictures.count)), batch: 4, seed: seed)
    return BatchLoader(
      set, order: order, tensors: plain, augmentation: augmentation, seed: seed, stepCount: stepCount, depth: depth,
      threadCount: threadCount)
  }

  private func batches(_ loader: BatchLoader, _ steps: Range<Int> = 0..<9) throws -> [Batch] {
    try steps.map { try loader.batch(of: $0) }
  }

  // MARK: Order

  @Test func anEpochHasEachPictureAtMostOnce() throws {
    let order = BatchOrder(shuffling: Array(10..<21), batch: 4, seed: 5)
    #expect(order.stepsPerEpoch == 2 && order.stepCount == nil)
    let epochs = (0..<50).map { epoch in (0..<2).flatMap { Array(order.images(of: 2 * epoch + $0)) } }
    #expect(epochs.allSatisfy { Set($0).count == 8 && Set($0).isSubset(of: 10..<21) })
    #expect(Set(epochs).count == 50)
    // Each of the 11 comes 50 * 8 / 11 = 36 times on average, with a deviation of 3.2.
    let counts = Dictionary(epochs.joined().map { ($0, 1) }, uniquingKeysWith: +)
    #expect(counts.count == 11 && counts.values.allSatisfy { (23...49).contains($0) })
    let other = BatchOrder(shuffling: Array(10..<21), batch: 4, seed: 6)
    #expect(Array(other.images(of: 0)) != Array(order.images(of: 0)))
  }

  @Test func aGivenOrderIsFollowed() throws {
    let order = BatchOrder(given: [3, 1, 1, 0, 2, 2], batch: 2)
    #expect(order.stepCount == 3 && order.stepsPerEpoch == 3)
    #expect((0..<3).map { Array(order.images(of: $0)) } == [[3, 1], [1, 0], [2, 2]])
    let loader = BatchLoader(
      Self.set(FlatPictures(count: 4)), order: order, tensors: Self.plain, augmentation: .init(), seed: 0,
      stepCount: 3)
    let found = try (0..<3).map { try loader.batch(of: $0) }
    #expect(found.map(\.labels) == [[0, 1], [1, 0], [2, 2]])
    #expect(found.map { $0.images.map { Int($0) }.reduce(0, +) } == [20 * 6, 20 * 3, 20 * 6])
  }

  @Test func picturesAreHeldOut() {
    let split = Self.set(FlatPictures(count: 11)).split(holdingOut: 4)
    #expect(split.validation.count == 4 && split.training.count == 7)
    #expect((split.training + split.validation).sorted() == Array(0..<11))
    #expect(split.training == split.training.sorted() && split.validation != Array(7..<11))
  }

  // MARK: The same whoever prepares

  @Test(arguments: [(1, 1), (1, 5), (3, 1), (3, 4)]) func threadsChangeNothing(_ threads: Int, _ depth: Int) throws {
    let expected = try batches(Self.loader())
    let found = try batches(Self.loader(depth: depth, threadCount: threads))
    #expect(found.map(\.images) == expected.map(\.images) && found.map(\.labels) == expected.map(\.labels))
    #expect(Set(expected.map(\.images)).count == 9)
  }

  @Test func itGoesOnFromAnyStep() throws {
    let expected = try batches(Self.loader())
    for start in [1, 4, 8] {
      let found = try batches(Self.loader(threadCount: 2), start..<9)
      #expect(found.map(\.images) == expected[start...].map(\.images))
    }
    let loader = Self.loader(depth: 3, threadCount: 2)
    for step in [5, 6, 2, 2, 3, 8, 0] {
      #expect(try loader.batch(of: step).images == expected[step].images, "step \(step)")
    }
  }

  @Test func theSeedChangesOrderAndAugmentation() throws {
    let found = try batches(Self.loader(seed: 2))
    let expected = try batches(Self.loader())
    #expect(zip(found, expected).allSatisfy { $0.images != $1.images })
  }

  // MARK: Augmentation

  /// Pictures are shifted by at most the padding, and black comes in.
  @Test func picturesArePaddedAndCropped() throws {
    var shifts: Set<[Int]> = []
    for batch in try batches(Self.loader(stepCount: 60), 0..<60) {
      for place in 0..<4 {
        let image = batch.images[20 * place..<20 * (place + 1)].map { $0 }
        let value = image.max() ?? 0
        #expect(image.allSatisfy { $0 == 0 || $0 == value })
        let rows = (0..<4).filter { row in image[5 * row..<5 * row + 5].contains { $0 > 0 } }
        let columns = (0..<5).filter { column in (0..<4).contains { image[5 * $0 + column] > 0 } }
        #expect(image.count { $0 > 0 } == rows.count * columns.count && rows.count >= 2 && columns.count >= 3)
        shifts.insert([rows.first ?? 0, rows.count, columns.first ?? 0, columns.count])
      }
    }
    #expect(shifts.count == 25)
  }

  @Test func withoutAugmentationPicturesAreAsTheyAre() throws {
    for batch in try batches(Self.loader(.init())) {
      #expect((0..<4).allSatisfy { Set(batch.images[20 * $0..<20 * ($0 + 1)]).count == 1 })
    }
  }

  @Test func coloursShift() throws {
    var augmentation = Recipe.Augmentation()
    augmentation.colour = 0.1
    let pictures = FlatPictures(count: 40, channels: 3)
    let loader = BatchLoader(
      Self.set(pictures), order: BatchOrder(shuffling: Array(0..<40), batch: 40, seed: 0),
      tensors: PictureTensors(nil, imageShape: [3, 4, 5]), augmentation: augmentation, seed: 0, stepCount: 1)
    let batch = try loader.batch(of: 0)
    let order = BatchOrder(shuffling: Array(0..<40), batch: 40, seed: 0).images(of: 0)
    // The first component, by far the largest, is gray: of deviation 0.1 * 0.2175 * 0.57.
    var squares = 0.0
    for (place, index) in order.enumerated() {
      let shifts = (0..<3).map { Double(batch.images[60 * place + 20 * $0]) - Double(index + 1) / 255 }
      #expect(shifts.allSatisfy { abs($0) < 0.06 } && shifts.max()! - shifts.min()! < 0.012)
      squares += shifts[0] * shifts[0]
    }
    let deviation = (squares / 40).squareRoot()
    #expect((0.008...0.018).contains(deviation), "\(deviation)")
  }

  // MARK: Preprocessing

  @Test func withoutAPreprocessingPixelsAreZeroToOne() throws {
    let loader = EvaluationLoader(
      Self.set(FlatPictures(count: 3)), images: [2, 0], tensors: PictureTensors(nil, imageShape: [1, 4, 5]), batch: 2)
    let batch = try loader.batch(of: 0..<2)
    #expect(batch.labels == [2, 0] && Set(batch.images) == [Float(3) * Float(1.0 / 255), Float(1.0 / 255)])
  }

  @Test func anEvaluationGoesThroughTheImages() throws {
    let loader = EvaluationLoader(
      Self.set(FlatPictures(count: 9)), images: [8, 6, 4, 2, 0], tensors: Self.plain, batch: 2, depth: 2)
    #expect(loader.imageCount == 5)
    for _ in 0..<2 {
      let found = try [0..<2, 2..<4, 4..<5].map { try loader.batch(of: $0) }
      #expect(found.map { $0.images.map { Int($0) - 1 } }.map { Array(Set($0)).sorted() } == [[6, 8], [2, 4], [0]])
    }
  }

  // MARK: Faults

  @Test func aFaultComesWithItsStep() throws {
    let loader = Self.loader(stepCount: 2, threadCount: 2, pictures: FlatPictures(count: 11, broken: 3))
    let step = try #require(
      (0..<2).first { BatchOrder(shuffling: Array(0..<11), batch: 4, seed: 1).images(of: $0).contains(3) })
    for good in 0..<2 where good != step { #expect(try loader.batch(of: good).labels.count == 4) }
    #expect(throws: FileError("picture 3", "it is broken")) { try loader.batch(of: step) }
  }

  @Test func picturesOfAnotherSizeAreNamed() {
    let loader = EvaluationLoader(
      Self.set(FlatPictures(count: 3)), images: [1], tensors: PictureTensors(nil, imageShape: [1, 4, 4]), batch: 1)
    #expect {
      try loader.batch(of: 0..<1)
    } throws: {
      "\($0)".contains("picture 1: error: a picture of 4 x 5 pixels becomes 4 x 5 by the preprocessing; the network")
    }
  }

  // MARK: Ahead of the steps

  /// Whoever asks slowly never waits but for the first batch, and no more is prepared than asked for.
  @Test(.timeLimit(.minutes(1))) func batchesAreReadyBeforeTheyAreAskedFor() throws {
    let pictures = FlatPictures(count: 11)
    let loader = Self.loader(stepCount: 9, depth: 2, pictures: pictures)
    for step in 0..<3 {
      _ = try loader.batch(of: step)
      while pictures.readCount < 4 * (step + 3) { Thread.sleep(forTimeInterval: 0.001) }
    }
    #expect(loader.waits.batchCount == 3 && loader.waits.waitCount <= 1)
    #expect(pictures.readCount == 4 * 5)
  }

  @Test func anEndWhileBatchesArePreparedIsClean() throws {
    for _ in 0..<50 { _ = try Self.loader(depth: 4, threadCount: 3).batch(of: 2) }
  }
}
