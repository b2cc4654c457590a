extension Pipeline {
  /// What a graph goes through before it is lowered to compiled inference.
  package static let inference = Pipeline([
    Pass(
      "eliminate-common-subexpressions", "Computes the same thing once.", eliminateCommonSubexpressions),
    Pass(
      "fuse-residual", "Adds a residual while the convolution that finishes last writes its result.", fuseResidual),
    Pass("fuse-activation", "Applies an activation while its input is written.", fuseActivation),
    Pass("eliminate-dead-nodes", "Leaves out what no output needs.", eliminateDeadNodes),
  ])

  /// What must run before what; a test holds every pipeline to it.
  package static let constraints: [Constraint] = [
    Constraint(
      "fuse-residual", before: "fuse-activation",
      "an activation behind the addition finds its convolution only once the addition is part of it")
  ]
}
