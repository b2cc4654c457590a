/// A convolution to time: `c64 h56 w56 o64 k3 s1 p1`, and `n16` for a batch.
struct Shape {
  var text: String
  var channels = 1
  var rows = 1
  var columns = 1
  var outputs = 1
  var kernel = 1
  var stride = 1
  var padding = 0
  var batch = 1

  init(_ text: String) {
    self.text = text
    for field in text.split(separator: " ") {
      guard let value = Int(field.dropFirst()) else { continue }
      switch field.first {
      case "c": channels = value
      case "h": rows = value
      case "w": columns = value
      case "o": outputs = value
      case "k": kernel = value
      case "s": stride = value
      case "p": padding = value
      case "n": batch = value
      default: break
      }
    }
  }

  /// Every distinct convolution of ResNet-50, the stride on the 3x3.
  static let resNet50 = [
    "c3 h224 w224 o64 k7 s2 p3",
    "c64 h56 w56 o64 k1 s1 p0", "c64 h56 w56 o64 k3 s1 p1", "c64 h56 w56 o256 k1 s1 p0", "c256 h56 w56 o64 k1 s1 p0",
    "c256 h56 w56 o128 k1 s1 p0", "c128 h56 w56 o128 k3 s2 p1", "c256 h56 w56 o512 k1 s2 p0",
    "c128 h28 w28 o512 k1 s1 p0", "c512 h28 w28 o128 k1 s1 p0", "c128 h28 w28 o128 k3 s1 p1",
    "c512 h28 w28 o256 k1 s1 p0", "c256 h28 w28 o256 k3 s2 p1", "c512 h28 w28 o1024 k1 s2 p0",
    "c256 h14 w14 o1024 k1 s1 p0", "c1024 h14 w14 o256 k1 s1 p0", "c256 h14 w14 o256 k3 s1 p1",
    "c1024 h14 w14 o512 k1 s1 p0", "c512 h14 w14 o512 k3 s2 p1", "c1024 h14 w14 o2048 k1 s2 p0",
    "c512 h7 w7 o2048 k1 s1 p0", "c2048 h7 w7 o512 k1 s1 p0", "c512 h7 w7 o512 k3 s1 p1",
  ].map(Shape.init)

  /// Distinct convolutions of the networks that training is measured by: CIFAR's ResNet-20, ResNet-18 and ResNet-50.
  static let training =
    [
      "c3 h32 w32 o16 k3 s1 p1 n128", "c16 h32 w32 o16 k3 s1 p1 n128", "c16 h32 w32 o32 k3 s2 p1 n128",
      "c32 h16 w16 o32 k3 s1 p1 n128", "c32 h16 w16 o64 k3 s2 p1 n128", "c64 h8 w8 o64 k3 s1 p1 n128",
      "c64 h56 w56 o128 k3 s2 p1 n16", "c128 h28 w28 o256 k3 s2 p1 n16", "c256 h14 w14 o512 k3 s2 p1 n16",
      "c64 h56 w56 o128 k1 s2 p0 n16",
    ].map(Shape.init) + resNet50.map { Shape($0.text + " n16") }
}
