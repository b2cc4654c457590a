import Formats
import Testing
import Training

/// Whether a data set is one for a network.
@Suite struct DataSetCheckTests {
  private struct NoPictures: PictureSource {
    var count: Int { 0 }
    var pictureShape: [Int]? { nil }
    func picture(at index: Int) throws -> Picture { throw FileError(place(of: index), "there is none") }
    func place(of index: Int) -> String { "\(index)" }
  }

  private static let set = DataSet(pictures: NoPictures(), labels: [], classCount: 2, classNames: ["cat", "dog"])

  @Test(
    arguments: [
      (2, nil), (3, nil), (2, ["cat", "dog"]), (2, ["Cats", "Dogs"]), (3, ["dog", "cat", "eel"]),
    ] as [(Int, [String]?)])
  func fits(_ classCount: Int, _ labels: [String]?) throws {
    try Self.set.check(classCount: classCount, labels: labels, "data")
  }

  @Test(
    arguments: [
      (1, nil, "it has 2 classes, and the network 1; networks often take --set classes=…"),
      (
        2, ["dog", "cat"],
        "its classes are the network's labels in another order: 'cat' stands where the labels have 'dog'; write the "
          + "labels in the order of the classes"
      ),
    ] as [(Int, [String]?, String)])
  func doesNotFit(_ classCount: Int, _ labels: [String]?, _ message: String) {
    #expect(throws: FileError("data", message)) {
      try Self.set.check(classCount: classCount, labels: labels, "data")
    }
  }
}
