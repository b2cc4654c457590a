import CRuntime
import CodeGen
import Formats

extension BatchOrder {
  /// Reads an order from an .npy file: integers [steps, batch], each the place of a picture in the training set.
  /// - Parameter imageCount: Pictures of the training set.
  package convenience init(contentsOf path: String, imageCount: Int) throws(FileError) {
    var array = apus_integers()
    do throws(RuntimeFailure) {
      try RuntimeFailure.check { apus_npy_read_integers(path, &array, $0) }
    } catch {
      throw FileError(path, error.message)
    }
    defer { apus_integers_free(&array) }
    let extents = withUnsafeBytes(of: array.extents) { bytes in
      bytes.assumingMemoryBound(to: Int64.self).prefix(Int(array.rank)).map(Int.init)
    }
    guard extents.count == 2, extents.allSatisfy({ $0 > 0 }) else {
      throw FileError(path, "an order is an array [steps, batch]; this one's shape is \(extents)")
    }
    let images = Array(UnsafeBufferPointer(start: array.elements, count: Int(array.element_count)))
    if let position = images.firstIndex(where: { !(0..<imageCount).contains(Int($0)) }) {
      let place = position.quotientAndRemainder(dividingBy: extents[1])
      throw FileError(
        path,
        "row \(place.quotient), column \(place.remainder): \(images[position]) is no picture of the training set, "
          + "which are 0 to \(imageCount - 1)")
    }
    self.init(given: images, batch: extents[1])
  }
}

extension BatchOrder {
  /// A short name for an order that was given: the same for the same.
  package var fingerprint: String {
    let images = (0..<(stepCount ?? 0)).flatMap { self.images(of: $0) }
    return String(fingerprintOf: images.flatMap { withUnsafeBytes(of: $0.littleEndian) { Array($0) } })
  }
}
