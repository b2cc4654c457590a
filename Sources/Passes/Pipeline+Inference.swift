extension Pipeline {
  /// What a graph goes through before it is lowered to compiled inference.
  package static let inference = Pipeline([
    Pass("eliminate-identities", "Leaves out nodes that pass their input through.", eliminateIdentities),
    Pass("fold-constants", "Makes one step of a chain of arithmetic with numbers.", foldConstants),
    Pass("fold-padding", "Lets a convolution do the padding of its input.", foldPadding),
    Pass("eliminate-common-subexpressions", "Computes the same thing once.", eliminateCommonSubexpressions),
    Pass("eliminate-dead-nodes", "Leaves out what no output needs.", eliminateDeadNodes),
    Pass("fold-batch-norm", "Scales a convolution's filters instead of its result.", foldBatchNorm),
    Pass(
      "fuse-residual", "Adds a residual while the convolution that finishes last writes its result.", fuseResidual),
    Pass("fuse-activation", "Applies an activation while a convolution writes its result.", fuseActivation),
  ])

  /// What must run before what; a test holds the pipeline to it.
  package static let constraints: [Constraint] = [
    Constraint(
      "eliminate-identities", before: "fold-constants", "an identity between two nodes hides that they are a chain"),
    Constraint(
      "eliminate-identities", before: "fold-padding", "an identity between pad and convolution hides the pad"),
    Constraint(
      "eliminate-identities", before: "fold-batch-norm",
      "an identity between convolution and batch norm hides the convolution"),
    Constraint(
      "fold-padding", before: "eliminate-common-subexpressions",
      "convolutions that differ in who pads are alike once they pad themselves"),
    Constraint(
      "eliminate-common-subexpressions", before: "fold-batch-norm",
      "equal convolutions are alike only until each has taken over what follows it"),
    Constraint(
      "eliminate-dead-nodes", before: "fold-batch-norm",
      "a user that no output needs would keep a convolution from taking over what follows it"),
    Constraint(
      "fold-batch-norm", before: "fuse-residual",
      "an addition behind a batch norm finds its convolution only once the batch norm is part of it"),
    Constraint(
      "fuse-residual", before: "fuse-activation",
      "an activation behind an addition finds its convolution only once the addition is part of it"),
    Constraint("append-loss", before: "differentiate", "it is the loss that is differentiated"),
    Constraint(
      "use-random-dropout", before: "eliminate-identities", "a dropout that does not drop yet is an identity"),
    Constraint(
      "use-batch-statistics", before: "differentiate", "a batch norm by the batch has another gradient"),
    Constraint("differentiate", before: "update-weights", "weights are updated by their gradients"),
    Constraint("differentiate", before: "recompute", "it is for the backward pass that values are recomputed"),
    Constraint(
      "eliminate-common-subexpressions", before: "recompute", "what is recomputed has the original as its like"),
    Constraint("recompute", before: "update-weights", "what is recomputed reads the old weights"),
    Constraint("differentiate", before: "fuse-statistics", "a convolution that gives statistics has no gradient"),
    Constraint(
      "recompute", before: "fuse-statistics", "a convolution that is recomputed need not gather statistics again"),
    Constraint(
      "differentiate", before: "fuse-batch-norm-gradient", "it is the gradient that takes over what it reads"),
  ]
}
