import Formats

extension DataSet {
  /// A short name for what is in the set: all labels, and a hundred pictures between the first and the last.
  /// - Throws: What reading a picture throws.
  package func fingerprint() throws -> String {
    let places = Set((0..<100).map { $0 * (count - 1) / 99 }).sorted()
    let pixels = try places.flatMap { try pictures.picture(at: $0).pixels }
    let numbers = labels.flatMap { withUnsafeBytes(of: $0.littleEndian) { Array($0) } }
    return String(fingerprintOf: numbers + pixels)
  }

  /// Throws where the set has more classes than a network, or the same ones in another order than its labels.
  package func check(classCount: Int, labels: [String]?, _ path: String) throws(FileError) {
    guard self.classCount <= classCount else {
      throw FileError(
        path, "it has \(self.classCount) classes, and the network \(classCount); networks often take --set classes=…")
    }
    guard let labels, let classNames, labels.sorted() == classNames.sorted() else { return }
    if let (own, label) = zip(classNames, labels).first(where: { $0 != $1 }) {
      throw FileError(
        path,
        "its classes are the network's labels in another order: '\(own)' stands where the labels have '\(label)'; "
          + "write the labels in the order of the classes")
    }
  }
}
