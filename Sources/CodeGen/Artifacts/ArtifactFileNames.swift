/// The names of an artifact's files, all of one directory. A header and a weights file are named after the binary,
/// without `lib` and extension.
struct ArtifactFileNames {
  var binary: String
  var header: String
  var weights: String

  init(binary: String, form: Artifact.Form) {
    self.binary = binary
    var stem = binary
    if form != .executable {
      if stem.hasPrefix("lib"), stem.count > 3 { stem.removeFirst(3) }
      if let dot = stem.lastIndex(of: "."), dot != stem.startIndex { stem = String(stem[..<dot]) }
    }
    header = stem + ".h"
    weights = stem + ".weights"
  }
}
