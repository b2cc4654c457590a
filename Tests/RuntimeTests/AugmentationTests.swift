import CRuntime
import CodeGen
import GraphIR
import Testing

/// What augmentation makes of single pictures.
@Suite struct AugmentationTests {
  struct Sample: CustomTestStringConvertible {
    var testDescription: String
    var augmentation: apus_augmentation
    /// Rows, columns.
    var size = [2, 3]
    var expected: [Float]

    init(
      _ testDescription: String, size: [Int] = [2, 3], _ expected: [Float],
      _ change: (inout apus_augmentation) -> Void
    ) {
      self.testDescription = testDescription
      self.size = size
      self.expected = expected
      augmentation = apus_augmentation()
      change(&augmentation)
    }
  }

  /// 1 2 3
  /// 4 5 6
  private static let picture = Picture(rows: 2, columns: 3, channels: 1, pixels: [1, 2, 3, 4, 5, 6])

  static let samples: [Sample] = [
    Sample("nothing", [1, 2, 3, 4, 5, 6]) { _ in },
    Sample("mirrored", [3, 2, 1, 6, 5, 4]) { $0.is_mirrored = 1 },
    Sample("up", [4, 5, 6, 0, 0, 0]) { $0.row_shift = 1 },
    Sample("down", [0, 0, 0, 1, 2, 3]) { $0.row_shift = -1 },
    Sample("to the left", [2, 3, 0, 5, 6, 0]) { $0.column_shift = 1 },
    Sample("to the right by more than its width", [0, 0, 0, 0, 0, 0]) { $0.column_shift = -3 },
    Sample("up and to the left, then mirrored", [0, 6, 5, 0, 0, 0]) {
      $0.row_shift = 1
      $0.column_shift = 1
      $0.is_mirrored = 1
    },
    Sample("colours of a gray tensor", [1, 2, 3, 4, 5, 6]) { $0.colour_shift = (9, 9, 9) },
    Sample("cut at the first place", size: [1, 2], [1, 2]) { $0.shorter_side = 2 },
    Sample("cut at the last place", size: [1, 2], [5, 6]) {
      $0.shorter_side = 2
      ($0.row_place, $0.column_place) = (1.0.nextDown, 1.0.nextDown)
    },
    // Of 4 x 6 pixels with half-pixel centres, the middle two rows and columns.
    Sample("enlarged, cut from the middle", size: [2, 2], [2.5, 3, 4, 4.5]) {
      $0.shorter_side = 4
      ($0.row_place, $0.column_place) = (0.5, 0.5)
    },
  ]

  @Test(arguments: samples) func makesTensors(_ sample: Sample) throws {
    let preprocessing = apus_preprocessing(
      Preprocessing(name: "p", scale: 1, mean: [0], standardDeviation: [1], channels: .gray))
    let found = try Self.picture.preprocessed(
      preprocessing, augmentedBy: sample.augmentation, channels: 1, rows: sample.size[0], columns: sample.size[1])
    #expect(found.count == sample.expected.count)
    #expect(zip(found, sample.expected).allSatisfy { abs($0 - $1) <= 1e-5 }, "\(found)")
  }

  /// Before scale, mean and deviation; of blue, green, red as well; and of what comes in from outside.
  @Test(arguments: [Preprocessing.Channels.rgb, .bgr]) func coloursShift(_ channels: Preprocessing.Channels) throws {
    let picture = Picture(rows: 1, columns: 2, channels: 3, pixels: [10, 20, 30, 40, 50, 60])
    var augmentation = apus_augmentation()
    augmentation.colour_shift = (1, 2, 3)
    augmentation.column_shift = 1
    let preprocessing = apus_preprocessing(
      Preprocessing(name: "p", scale: 0.5, mean: [1], standardDeviation: [2], channels: channels))
    let found = try picture.preprocessed(preprocessing, augmentedBy: augmentation, channels: 3, rows: 1, columns: 2)
    let red: [Float] = [(41 * 0.5 - 1) / 2, (1 * 0.5 - 1) / 2]
    let green: [Float] = [(52 * 0.5 - 1) / 2, (2 * 0.5 - 1) / 2]
    let blue: [Float] = [(63 * 0.5 - 1) / 2, (3 * 0.5 - 1) / 2]
    #expect(found == (channels == .rgb ? red + green + blue : blue + green + red))
  }

  @Test func aPictureThatIsTooSmallIsAnError() {
    var augmentation = apus_augmentation()
    augmentation.shorter_side = 2
    let preprocessing = apus_preprocessing(
      Preprocessing(name: "p", scale: 1, mean: [0], standardDeviation: [1], channels: .gray))
    let failure = #expect(throws: RuntimeFailure.self) {
      try Self.picture.preprocessed(preprocessing, augmentedBy: augmentation, channels: 1, rows: 3, columns: 3)
    }
    #expect(failure?.message.contains("2 x 3 pixels once resized, too few for a crop of 3 x 3") == true)
  }
}
