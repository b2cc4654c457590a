/// How a network is trained: stochastic gradient descent on mini-batches by soft-max cross-entropy. A network file
/// declares it as `recipe NAME { … }`.
package struct Recipe: Hashable, Sendable {
  package var name: String
  /// How long training lasts.
  package var duration: Length
  /// Images of one step.
  package var batch: Int
  /// All that is random follows from it: the first weights, the order of images, augmentation, dropout.
  package var seed: UInt64 = 0
  /// Images of the training set that are held out, and measured instead of the test set.
  package var validationCount = 0
  package var optimizer: Optimizer
  package var schedule: Schedule
  /// What comes before the schedule; nil: nothing.
  package var warmUp: WarmUp?
  /// Label smoothing, 0..<1: the target of the right class is 1 - smoothing + smoothing / classes, that of every other
  /// class smoothing / classes.
  package var smoothing = 0.0
  /// What the loss of each output after the first counts; none: only the first output has a loss.
  package var auxiliaryWeights: [Double] = []
  package var augmentation = Augmentation()
  /// Parameters under these names keep their values, and batch norms under them their statistics.
  package var frozenScopes: [String] = []

  package init(name: String, duration: Length, batch: Int, optimizer: Optimizer, schedule: Schedule) {
    self.name = name
    self.duration = duration
    self.batch = batch
    self.optimizer = optimizer
    self.schedule = schedule
  }
}

extension Recipe {
  /// A stretch of training.
  package enum Length: Hashable, Sendable {
    /// Passes over the training set, perhaps a fraction of one.
    case epochs(Double)
    case iterations(Int)

    /// The length in steps, an epoch's fraction rounded to the nearest step.
    package func stepCount(stepsPerEpoch: Int) -> Int {
      switch self {
      case .epochs(let count): Int((count * Double(stepsPerEpoch)).rounded())
      case .iterations(let count): count
      }
    }
  }

  /// Gradient descent with momentum, as PyTorch's `SGD` defines it: g += weightDecay w; v = momentum v + g;
  /// w -= rate v, or with `nesterov` w -= rate (g + momentum v).
  package struct Optimizer: Hashable, Sendable {
    /// Which parameters decay. The slopes of PReLU never do (He et al. 2015).
    package enum Decay: String, Hashable, Sendable, CaseIterable {
      case all
      /// The weights of convolutions and linear layers, neither biases nor batch norms.
      case filters
    }

    package var momentum: Double
    package var nesterov: Bool
    package var weightDecay: Double
    package var decay: Decay

    package init(momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0, decay: Decay = .all) {
      self.momentum = momentum
      self.nesterov = nesterov
      self.weightDecay = weightDecay
      self.decay = decay
    }
  }

  /// The learning rate from step to step. `rate` is the highest.
  package enum Schedule: Hashable, Sendable {
    case constant(rate: Double)
    /// Multiplied by `factor` at each of the places, which ascend and count from the beginning of training.
    case steps(rate: Double, places: [Length], factor: Double)
    /// Half a cosine from `rate` down to `end`, over all that follows the warm-up.
    case cosine(rate: Double, end: Double)
    /// Half a cosine from `rate / startDivisor` up to `rate` over the first part `rise` of training, another down to
    /// `rate / startDivisor / endDivisor`: PyTorch's `OneCycleLR`.
    case oneCycle(rate: Double, rise: Double, startDivisor: Double, endDivisor: Double)
  }

  /// The learning rate of the first steps.
  package struct WarmUp: Hashable, Sendable {
    package enum Shape: String, Hashable, Sendable, CaseIterable {
      /// It stays at `rate`, then it is the schedule's.
      case constant
      /// It goes from `rate` to the schedule's highest in equal steps.
      case linear
    }

    package var shape: Shape
    package var rate: Double
    package var length: Length

    package init(shape: Shape, rate: Double, length: Length) {
      self.shape = shape
      self.rate = rate
      self.length = length
    }
  }

  /// What is done to a picture of the training set, in this order, each time that it is used. What is random differs
  /// from one use to the next.
  package struct Augmentation: Hashable, Sendable {
    /// How a random place of the input's size is cut out.
    package enum Crop: Hashable, Sendable {
      /// Of the picture that the preprocessing makes, with so many black pixels on each side.
      case padded(Int)
      /// Of the picture resized so that its shorter side has a random number of pixels of this range. The
      /// preprocessing's own resizing and crop are left out.
      case scaled(ClosedRange<Int>)
    }

    package var crop: Crop?
    /// Half of the pictures are mirrored, left to right.
    package var mirror = false
    /// The standard deviation of colour shifts along the principal components of ImageNet's pixels (Krizhevsky et al.
    /// 2012); 0: none.
    package var colour = 0.0

    package init() {}
  }
}

extension Recipe {
  /// Whether the parameter of this name keeps its value.
  package func freezes(_ parameter: String) -> Bool { frozenScopes.contains { parameter.isName(under: $0) } }
}

extension String {
  /// Whether a parameter's name is the scope's or begins with it: `layer1.0.conv1.weight` is under `layer1`.
  package func isName(under scope: String) -> Bool { self == scope || hasPrefix(scope + ".") }
}
