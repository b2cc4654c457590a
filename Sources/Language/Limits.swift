/// What a network file may ask for at most. A file is input from outside: past these it ends in an error rather
/// than in exhausted memory, time or stack. Each is far above what any published network needs.
package enum Limits {
  /// A network file is written by hand; the largest example has a few kilobytes.
  package static let sourceByteCount = 1 << 20
  /// A file with all that it imports.
  package static let totalSourceByteCount = 2 << 20
  /// A labels file names each class once; ImageNet-21k's takes 1 MB.
  package static let labelsByteCount = 1 << 24
  /// Files that one file reaches through imports.
  package static let importedFileCount = 100
  /// Declarations of one file; the largest example has 26.
  package static let declarationCount = 1_000
  /// Errors told at once; after a hundred, the rest mostly follow from the first.
  package static let diagnosticCount = 100
  /// How deep expressions may nest: parsing, walking and freeing a tree recurse.
  package static let nestingDepth = 100
  /// Parameters of one declaration, and arguments of one call but for its tensors.
  package static let parameterCount = 200
  /// How deep evaluation may nest, over all calls together: it recurses on the machine's stack, and each level
  /// costs a few kilobytes of it in a debug build. A deep real network needs about 40.
  package static let evaluationDepth = 250
  /// Calls inside calls. Real networks nest about five.
  package static let callDepth = 60
  /// Expressions evaluated for one network, some tenths of a second; ResNet-1202 needs about 30,000. A check begins
  /// no further network after so many.
  package static let evaluationCount = 300_000
  /// Blocks in one stack; the deepest published network stacks 200.
  package static let stackCount = 10_000
  /// Nodes of one graph; ResNet-1202 has about 4,200.
  package static let nodeCount = 50_000
}
