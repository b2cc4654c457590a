import CRuntime
import CodeGen
import Formats
import GraphIR

/// How pictures become what a network takes.
package struct PictureTensors: Sendable {
  /// Channels, rows and columns of an image.
  package let imageShape: [Int]
  private let preprocessing: apus_preprocessing

  /// - Parameter preprocessing: nil: pixels become 0 to 1, and pictures have the image's size.
  package init(_ preprocessing: Preprocessing?, imageShape: [Int]) {
    precondition(imageShape.count == 3, "images have channels, rows and columns")
    self.imageShape = imageShape
    self.preprocessing = apus_preprocessing(preprocessing ?? .unitRange(channelCount: imageShape[0]))
  }

  package var elementCount: Int { imageShape.reduce(1, *) }

  /// Fills `tensor` with a picture of a set, of `elementCount` elements.
  /// - Throws: FileError, which says where the picture is from.
  func write(
    _ index: Int, of pictures: any PictureSource, _ augmentation: apus_augmentation,
    to tensor: UnsafeMutableBufferPointer<Float>
  ) throws {
    try write(try pictures.picture(at: index), from: pictures.place(of: index), augmentation, to: tensor)
  }

  /// The same for a picture that has been read, from `place`.
  func write(
    _ picture: Picture, from place: @autoclosure () -> String, _ augmentation: apus_augmentation,
    to tensor: UnsafeMutableBufferPointer<Float>
  ) throws(FileError) {
    precondition(tensor.count == elementCount, "there is room for one image")
    var picture = picture
    let (channels, rows, columns) = (picture.channels, picture.rows, picture.columns)
    do throws(RuntimeFailure) {
      try picture.pixels.withUnsafeMutableBufferPointer { pixels throws(RuntimeFailure) in
        var image = apus_image(
          rows: Int64(rows), columns: Int64(columns), channels: Int64(channels), pixels: pixels.baseAddress)
        var (preprocessing, augmentation) = (preprocessing, augmentation)
        try RuntimeFailure.check {
          apus_preprocess_augmented(
            &preprocessing, &augmentation, &image, Int64(imageShape[0]), Int64(imageShape[1]), Int64(imageShape[2]),
            tensor.baseAddress, $0)
        }
      }
    } catch {
      throw FileError(place(), error.message)
    }
  }
}

extension Preprocessing {
  /// For a network that names none: pixels become 0 to 1.
  fileprivate static func unitRange(channelCount: Int) -> Preprocessing {
    Preprocessing(
      name: "", scale: 1 / 255, mean: [0], standardDeviation: [1], channels: channelCount == 1 ? .gray : .rgb)
  }
}
