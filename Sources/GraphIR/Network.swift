/// A network ready to compile: its graph, and what surrounds it so that a binary is complete.
package struct Network: Sendable {
  package var graph: Graph
  /// How a picture becomes the first input; nil: only tensors can be given.
  package var preprocessing: Preprocessing?
  /// The names of the classes of the first output, in order.
  package var labels: [String]?
  /// How it can be trained; the first unless another is asked for.
  package var recipes: [Recipe]
  /// The parameters that it has in training alone, such as those of an auxiliary classifier. A weights file may hold
  /// them; inference does not use them.
  package var trainingParameterNames: Set<String>

  package init(
    graph: Graph, preprocessing: Preprocessing? = nil, labels: [String]? = nil,
    recipes: [Recipe] = [], trainingParameterNames: Set<String> = []
  ) {
    self.graph = graph
    self.preprocessing = preprocessing
    self.labels = labels
    self.recipes = recipes
    self.trainingParameterNames = trainingParameterNames
  }
}

/// How a picture becomes an input tensor [1, channels, rows, columns]: resize, centre crop, then for each channel
/// (pixel * scale - mean) / std, pixel being 0...255.
package struct Preprocessing: Hashable, Sendable {
  package enum Resize: Hashable, Sendable {
    /// The shorter side becomes this, the longer in proportion (rounded down).
    case shorterSide(Int)
    case exact(rows: Int, columns: Int)
  }

  package enum Channels: String, Hashable, Sendable, CaseIterable { case rgb, bgr, gray }

  package var name: String
  /// Bilinear, antialiased when it shrinks, half-pixel centres, in f32.
  package var resize: Resize?
  /// Rows and columns that are kept around the centre.
  package var crop: [Int]?
  package var scale: Double
  package var mean: [Double]
  package var standardDeviation: [Double]
  package var channels: Channels

  package init(
    name: String, resize: Resize? = nil, crop: [Int]? = nil, scale: Double, mean: [Double],
    standardDeviation: [Double], channels: Channels
  ) {
    self.name = name
    self.resize = resize
    self.crop = crop
    self.scale = scale
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.channels = channels
  }
}
