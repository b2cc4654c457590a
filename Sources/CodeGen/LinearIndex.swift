import LoopIR

/// An index as a constant plus multiples of atoms: variables, and what is not linear in them. Addresses that differ
/// by a constant have equal terms, so they share one computed pointer.
struct LinearIndex {
  struct Term: Hashable {
    var atom: Index
    var coefficient: Int
  }

  /// No two have one atom, and no coefficient is zero.
  private(set) var terms: [Term] = []
  private(set) var constant = 0

  init(_ index: Index) { add(index, times: 1) }

  /// Orders the terms by rank; those of one rank stay in order.
  mutating func sortTerms(by rank: (Term) -> Int) {
    let ranked = terms.enumerated().map { (rank: rank($1), position: $0, term: $1) }
    terms = ranked.sorted { ($0.rank, $0.position) < ($1.rank, $1.position) }.map(\.term)
  }

  private mutating func add(_ index: Index, times factor: Int) {
    switch index {
    case .constant(let value): constant += value * factor
    case .sum(let a, let b):
      add(a, times: factor)
      add(b, times: factor)
    case .difference(let a, let b):
      add(a, times: factor)
      add(b, times: -factor)
    case .product(let a, .constant(let value)), .product(.constant(let value), let a):
      add(a, times: factor * value)
    case .variable, .product, .quotient, .remainder, .minimum, .maximum:
      add(atom: index, times: factor)
    }
  }

  private mutating func add(atom: Index, times factor: Int) {
    if let position = terms.firstIndex(where: { $0.atom == atom }) {
      terms[position].coefficient += factor
      if terms[position].coefficient == 0 { terms.remove(at: position) }
    } else if factor != 0 {
      terms.append(Term(atom: atom, coefficient: factor))
    }
  }
}
