import CRuntime
import CodeGen
import GraphIR
import Testing

@Suite struct PreprocessingTests {
  private static func preprocessing(
    resize: Preprocessing.Resize? = nil, crop: [Int]? = nil, scale: Double = 1, mean: [Double] = [0],
    standardDeviation: [Double] = [1], channels: Preprocessing.Channels = .gray
  ) -> Preprocessing {
    Preprocessing(
      name: "p", resize: resize, crop: crop, scale: scale, mean: mean, standardDeviation: standardDeviation,
      channels: channels)
  }

  private static func row(_ pixels: [UInt8]) -> Picture {
    Picture(rows: 1, columns: pixels.count, channels: 1, pixels: pixels)
  }

  struct Sample: CustomTestStringConvertible {
    var testDescription: String
    var picture: Picture
    var preprocessing: Preprocessing
    /// Channels, rows, columns.
    var shape: [Int]
    var expected: [Float]
  }

  private static let pixel = Picture(rows: 1, columns: 1, channels: 3, pixels: [200, 100, 50])

  static let samples: [Sample] = [
    Sample(
      testDescription: "as it is", picture: row([0, 1, 255]), preprocessing: preprocessing(), shape: [1, 1, 3],
      expected: [0, 1, 255]),
    Sample(
      testDescription: "scale, mean, deviation by channel", picture: pixel,
      preprocessing: preprocessing(
        scale: 0.5, mean: [10, 20, 30], standardDeviation: [2, 4, 5], channels: .rgb),
      shape: [3, 1, 1], expected: [45, 7.5, -1]),
    Sample(
      testDescription: "blue, green, red; the mean's order is the tensor's", picture: pixel,
      preprocessing: preprocessing(mean: [50, 0, 0], channels: .bgr), shape: [3, 1, 1], expected: [0, 100, 200]),
    Sample(
      // (19595 * 200 + 38470 * 100 + 7471 * 50 + 32768) >> 16
      testDescription: "gray of colours", picture: pixel, preprocessing: preprocessing(), shape: [1, 1, 1],
      expected: [124]),
    Sample(
      testDescription: "gray as colours", picture: row([7]), preprocessing: preprocessing(channels: .rgb),
      shape: [3, 1, 1], expected: [7, 7, 7]),
    Sample(
      // Half-pixel centres: 0.25 and 0.75 between the neighbours, the edges repeated.
      testDescription: "enlarged twice", picture: row([0, 100]),
      preprocessing: preprocessing(resize: .exact(rows: 1, columns: 4)), shape: [1, 1, 4],
      expected: [0, 25, 75, 100]),
    Sample(
      // Scale 2: a triangle of reach 2 around 1 and 3. Weights of pixels 0...2: 0.75, 0.75, 0.25 over 1.75.
      testDescription: "shrunk to a half, antialiased", picture: row([0, 100, 200, 40]),
      preprocessing: preprocessing(resize: .exact(rows: 1, columns: 2)), shape: [1, 1, 2],
      expected: [(0.75 * 100 + 0.25 * 200) / 1.75, (0.25 * 100 + 0.75 * 200 + 0.75 * 40) / 1.75]),
    Sample(
      testDescription: "rows as columns",
      picture: Picture(rows: 4, columns: 1, channels: 1, pixels: [0, 100, 200, 40]),
      preprocessing: preprocessing(resize: .exact(rows: 2, columns: 1)), shape: [1, 2, 1],
      expected: [(0.75 * 100 + 0.25 * 200) / 1.75, (0.25 * 100 + 0.75 * 200 + 0.75 * 40) / 1.75]),
    Sample(
      testDescription: "shorter side, the longer rounded down, then cropped",
      picture: Picture(rows: 2, columns: 5, channels: 1, pixels: [UInt8](repeating: 9, count: 10)),
      preprocessing: preprocessing(resize: .shorterSide(3), crop: [3, 3]), shape: [1, 3, 3],
      expected: [Float](repeating: 9, count: 9)),
    Sample(
      testDescription: "a crop of an odd remainder of one begins at the first", picture: row([1, 2, 3, 4]),
      preprocessing: preprocessing(crop: [1, 3]), shape: [1, 1, 3], expected: [1, 2, 3]),
    Sample(
      testDescription: "a crop of an odd remainder of three begins at the third", picture: row([1, 2, 3, 4, 5]),
      preprocessing: preprocessing(crop: [1, 2]), shape: [1, 1, 2], expected: [3, 4]),
    Sample(
      testDescription: "crop of a resized picture", picture: row([0, 100]),
      preprocessing: preprocessing(resize: .exact(rows: 1, columns: 4), crop: [1, 2]), shape: [1, 1, 2],
      expected: [25, 75]),
  ]

  @Test(arguments: samples)
  func makesTensors(sample: Sample) throws {
    let tensor = try sample.picture.preprocessed(
      apus_preprocessing(sample.preprocessing), channels: sample.shape[0], rows: sample.shape[1],
      columns: sample.shape[2])
    #expect(tensor.count == sample.expected.count)
    for (value, expected) in zip(tensor, sample.expected) {
      #expect(abs(value - expected) <= 1e-5 * max(1, abs(expected)), "\(tensor)")
    }
  }

  /// The longer side of 2 x 5 at a shorter side of 3 is 7.5: 7.
  @Test func theLongerSideIsRoundedDown() throws {
    let picture = Picture(rows: 2, columns: 5, channels: 1, pixels: [UInt8](repeating: 9, count: 10))
    let preprocessing = apus_preprocessing(Self.preprocessing(resize: .shorterSide(3)))
    #expect(try picture.preprocessed(preprocessing, channels: 1, rows: 3, columns: 7).count == 21)
  }

  @Test(arguments: [
    (preprocessing(crop: [1, 4]), [1, 1, 4], "too few for a crop of 1 x 4"),
    (preprocessing(), [1, 1, 4], "becomes 1 x 3 by the preprocessing; the network takes 1 x 4"),
    (preprocessing(channels: .rgb), [1, 1, 3], "makes 3 channels; the network takes 1"),
  ])
  func saysWhatDoesNotFit(preprocessing: Preprocessing, shape: [Int], message: String) {
    let failure = #expect(throws: RuntimeFailure.self) {
      try Self.row([1, 2, 3]).preprocessed(
        apus_preprocessing(preprocessing), channels: shape[0], rows: shape[1], columns: shape[2])
    }
    #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
  }
}
