import LLVMKit
import LoopIR

extension KernelEmitter {
  /// The index as an i64. Its parts are computed in the outermost scopes that know their variables.
  mutating func value(of index: Index) -> Value {
    let form = indices.linearForm(of: index)
    guard !form.terms.isEmpty else { return types.i64.constant(form.constant) }
    let variablePart = sum(of: form.terms[...])
    return form.constant == 0
      ? variablePart : builder.addIndices(variablePart, types.i64.constant(form.constant))
  }

  /// The address of an element: a byte pointer, and the alignment in bytes that it surely has.
  mutating func address(of buffer: BufferID, at index: Index) -> IndexScopes.Pointer {
    let elementByteCount = kernel.buffers[buffer.index].element.byteCount
    let form = indices.linearForm(of: index)
    let pointer = pointer(into: buffer, terms: form.terms[...], scale: elementByteCount)
    return advance(pointer, by: form.constant * elementByteCount)
  }

  /// The pointer a constant number of bytes further on, to be emitted where it is used.
  func advance(_ pointer: IndexScopes.Pointer, by byteCount: Int) -> IndexScopes.Pointer {
    guard byteCount != 0 else { return pointer }
    return IndexScopes.Pointer(
      value: builder.advance(pointer.value, by: types.i64.constant(byteCount), byte: types.i8),
      alignment: min(pointer.alignment, lowestBit(byteCount)))
  }

  private mutating func pointer(
    into buffer: BufferID, terms: ArraySlice<LinearIndex.Term>, scale: Int
  ) -> IndexScopes.Pointer {
    guard let last = terms.last else {
      return IndexScopes.Pointer(
        value: basePointers[buffer.index], alignment: lowestBit(kernel.buffers[buffer.index].alignment))
    }
    let level = indices.level(of: last.atom)
    let key = IndexScopes.PointerKey(buffer: buffer, terms: Array(terms))
    if let known = indices.scopes[level].pointers[key] { return known }

    let (outer, inner) = split(terms, at: level)
    let base = pointer(into: buffer, terms: outer, scale: scale)
    let offset = sum(of: inner)
    let value = emit(at: level) { emitter in
      let byteOffset = scale == 1 ? offset : emitter.builder.multiplyIndices(offset, emitter.types.i64.constant(scale))
      return emitter.builder.advance(base.value, by: byteOffset, byte: emitter.types.i8)
    }
    let divisor = inner.map { indices.powerOfTwoDivisor(of: $0) }.min() ?? 1
    let pointer = IndexScopes.Pointer(value: value, alignment: min(base.alignment, divisor * scale))
    indices.scopes[level].pointers[key] = pointer
    return pointer
  }

  /// The sum of terms, which are ordered by level and are not none.
  private mutating func sum(of terms: ArraySlice<LinearIndex.Term>) -> Value {
    guard let last = terms.last else { return types.i64.constant(0) }
    let level = indices.level(of: last.atom)
    let key = Array(terms)
    if let known = indices.scopes[level].sums[key] { return known }

    let (outer, inner) = split(terms, at: level)
    var total = outer.isEmpty ? nil : sum(of: outer)
    for term in inner {
      let atom = value(ofAtom: term.atom)
      total = emit(at: level) { $0.sum(of: total, and: atom, times: term.coefficient) }
    }
    let value = total ?? types.i64.constant(0)
    indices.scopes[level].sums[key] = value
    return value
  }

  private func sum(of total: Value?, and atom: Value, times coefficient: Int) -> Value {
    if let total, coefficient == -1 { return builder.subtractIndices(total, atom) }
    let product = coefficient == 1 ? atom : builder.multiplyIndices(atom, types.i64.constant(coefficient))
    return total.map { builder.addIndices($0, product) } ?? product
  }

  /// The terms of outer scopes, and those of the scope `level`.
  private func split(
    _ terms: ArraySlice<LinearIndex.Term>, at level: Int
  ) -> (outer: ArraySlice<LinearIndex.Term>, inner: ArraySlice<LinearIndex.Term>) {
    let boundary = terms.firstIndex { indices.level(of: $0.atom) == level } ?? terms.endIndex
    return (terms[..<boundary], terms[boundary...])
  }

  private mutating func value(ofAtom atom: Index) -> Value {
    if case .variable(let variable) = atom, let value = indices.value(of: variable) { return value }
    let level = indices.level(of: atom)
    if let known = indices.scopes[level].atoms[atom] { return known }

    let value: Value
    switch atom {
    case .quotient(let a, let divisor):
      value = divide(.unsignedDivide, a, by: divisor, at: level)
    case .remainder(let a, let divisor):
      value = divide(.unsignedRemainder, a, by: divisor, at: level)
    case .product(let a, let b):
      value = combine(a, b, at: level) { $0.multiplyIndices($1, $2) }
    case .minimum(let a, let b):
      value = combine(a, b, at: level) { $0.select($0.compareIntegers(.signedLess, $1, $2), $1, $2) }
    case .maximum(let a, let b):
      value = combine(a, b, at: level) { $0.select($0.compareIntegers(.signedGreater, $1, $2), $1, $2) }
    case .constant, .variable, .sum, .difference:
      preconditionFailure("a verified kernel uses only variables in reach, and other atoms are not linear")
    }
    indices.scopes[level].atoms[atom] = value
    return value
  }

  /// What is divided is not negative, so unsigned division, which is cheaper, gives the same.
  private mutating func divide(_ opcode: BinaryOpcode, _ a: Index, by divisor: Int, at level: Int) -> Value {
    combine(a, .constant(divisor), at: level) { $0.binary(opcode, $1, $2) }
  }

  private mutating func combine(
    _ a: Index, _ b: Index, at level: Int, _ operation: (Builder, Value, Value) -> Value
  ) -> Value {
    emit(at: level) { emitter in
      let left = emitter.value(of: a)
      let right = emitter.value(of: b)
      return operation(emitter.builder, left, right)
    }
  }

  /// Instructions that `body` emits go to the end of the scope's code so far.
  private mutating func emit(at level: Int, _ body: (inout KernelEmitter) -> Value) -> Value {
    guard let block = indices.scopes[level].branchingBlock, let position = builder.position else {
      return body(&self)
    }
    builder.move(to: .terminator(of: block))
    defer { builder.move(to: position) }
    return body(&self)
  }
}
