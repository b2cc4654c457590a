import Diagnostics
import GraphIR
import Kernels
import LoopIR

extension Program {
  /// Lowers a graph, fused as it is, for a machine and a range of batches: units that share a step, layouts, memory,
  /// and a kernel for each distinct problem. Throws at the node that cannot be compiled.
  package init(
    lowering graph: Graph, for machine: Machine, batch: ClosedRange<Int>, parameters form: ParameterForm = .packed,
    arithmetic: Arithmetic = .fast
  ) throws(Diagnostic) {
    let parameters = graph.parameters.map(\.value)
    let fixed = form == .packed ? Set(parameters) : []
    let constants = fixed.union(graph.nodeIndices(dependingOnlyOn: fixed).flatMap { graph.nodes[$0].results })
    let units = StepUnit.units(of: graph, constants: constants)
    let assignment = try LayoutAssignment(
      of: graph, units: units, constants: constants, machine: machine, largestBatch: batch.upperBound,
      arithmetic: arithmetic)
    var assembly = ProgramAssembly(graph: graph, assignment: assignment, machine: machine)
    if case .trained(let places, let byteCount) = form { assembly.placeParameters(places, byteCount) }
    for step in assignment.steps { try assembly.add(step) }
    // Under training, what the forward pass makes is kept for the backward pass.
    self = assembly.finish(batch: batch, inStretches: form == .packed)
  }
}

/// Gathers lowered steps, then gives their buffers places.
private struct ProgramAssembly {
  let graph: Graph
  let assignment: LayoutAssignment
  let machine: Machine
  private var kernels: [Kernel] = []
  private var kernelIndices: [AnyHashable: Int] = [:]
  private var constants: [Program.Constant] = []
  private var constantIndices: [ConstantKey: Int] = [:]
  private var parameterIndices: [ValueID: Int] = [:]
  private var weightsByteCount = 0
  private var scratchByteCount = 0
  private var steps: [Draft] = []
  private var temporaries: [MemoryPlan.Item] = []

  /// A step whose storages have no places yet.
  private struct Draft {
    enum Operand: Hashable {
      case storage(StorageID)
      case constant(Int)
      case temporary(Int)
      case scratch
    }

    var kernel: Int
    var operands: [Operand]
    var chunks: Program.Chunks
    var name: String
    var op: String
    /// The storages of the results among its operands, and those that are whole once it is done.
    var written: [StorageID]
    var completed: [StorageID]
    /// A storage that the first result may take the place of.
    var replaced: StorageID?
    var multiplyAdds: Int
  }

  private struct ConstantKey: Hashable {
    var value: ValueID
    var packing: AnyHashable
  }

  init(graph: Graph, assignment: LayoutAssignment, machine: Machine) {
    self.graph = graph
    self.assignment = assignment
    self.machine = machine
  }

  // MARK: Steps

  mutating func add(_ step: PlacedStep) throws(Diagnostic) {
    let lowered = try lower(step)
    let values = step.unit.map { $0.isElementwise ? $0.operands : $0.nodes[0].operands } ?? []
    let storages = nodeStorages(of: step)
    let firstTemporary = temporaries.count
    temporaries += lowered.temporaries.map {
      MemoryPlan.Item(
        byteCount: $0.byteCount, isPerImage: $0.isPerImage, firstStep: steps.count,
        lastStep: steps.count + lowered.steps.count - 1)
    }
    for (position, part) in lowered.steps.enumerated() {
      let operands = part.operands.map { operand -> Draft.Operand in
        switch operand {
        case .result(let result): return .storage(step.results[result])
        case .temporary(let temporary): return .temporary(firstTemporary + temporary)
        case .scratch(let byteCount):
          scratchByteCount = max(scratchByteCount, byteCount)
          return .scratch
        case .packed(let position, let packing): return .constant(constant(values[position], packing))
        case .operand(let position):
          guard let storage = storages[position] else { preconditionFailure("operand \(position) is a constant") }
          return .storage(storage)
        }
      }
      let later = lowered.steps[(position + 1)...].flatMap(\.writtenResults)
      steps.append(
        Draft(
          kernel: kernel(of: part), operands: operands,
          chunks: Program.Chunks(perGroup: part.chunksPerGroup, imagesPerGroup: part.imagesPerGroup),
          name: step.unit?.name ?? "layout", op: step.unit?.op ?? "layout",
          written: part.writtenResults.map { step.results[$0] },
          completed: part.writtenResults.filter { !later.contains($0) }.map { step.results[$0] },
          replaced: part.inPlaceOperand.flatMap { storages[$0] },
          multiplyAdds: position == lowered.mainStep ? multiplyAdds(step) : 0))
    }
  }

  /// Storages for the operands as the lowering numbers them: a node's, or a unit's where it is a sweep.
  private func nodeStorages(of step: PlacedStep) -> [StorageID?] {
    guard let unit = step.unit, !unit.isElementwise else { return step.operands }
    return unit.nodes[0].operands.map { value in
      unit.operands.firstIndex(of: value).flatMap { step.operands[$0] }
    }
  }

  private func lower(_ step: PlacedStep) throws(Diagnostic) -> LoweredSteps {
    guard let unit = step.unit else { return LoweredSteps([try conversion(step)]) }
    if unit.isElementwise {
      return LoweredSteps([unit.lowerElementwise(at: assignment.site(of: unit, operands: step.operands))])
    }
    let node = unit.nodes[0]
    guard let op = node.op as? any MultiStepLowerable else {
      throw Diagnostic(.error, "'\(type(of: node.op).mnemonic)' cannot be compiled", at: node.origin)
    }
    do {
      return try op.steps(at: assignment.site(of: unit, operands: nodeStorages(of: step), node: node))
    } catch {
      throw Diagnostic(.error, error.message, at: node.origin)
    }
  }

  private func conversion(_ step: PlacedStep) throws(Diagnostic) -> LoweredStep {
    guard let source = step.operands[0] else { preconditionFailure("a conversion has an operand") }
    return LoweredStep(
      converting: assignment.storages[source.index].layout, to: assignment.storages[step.results[0].index].layout,
      lanes: machine.vectorLanes)
  }

  private mutating func kernel(of step: LoweredStep) -> Int {
    let key = AnyHashable(step.key)
    if let index = kernelIndices[key] { return index }
    kernels.append(step.makeKernel("k\(kernels.count)_\(step.kernelName)"))
    kernelIndices[key] = kernels.count - 1
    return kernels.count - 1
  }

  private func multiplyAdds(_ step: PlacedStep) -> Int {
    (step.unit?.nodes ?? []).map { node in
      node.op.multiplyAdds(node.operands.map { graph.type(of: $0) }, node.results.map { graph.type(of: $0) })
    }.reduce(0, +)
  }

  // MARK: Weights

  private mutating func constant(_ value: ValueID, _ packing: any ConstantPacking) -> Int {
    precondition(parameterIndices[value] == nil, "a parameter under training is read where it is")
    let key = ConstantKey(value: value, packing: AnyHashable(packing))
    if let index = constantIndices[key] { return index }
    let index = addConstant(value, packing, at: weightsByteCount)
    constantIndices[key] = index
    return index
  }

  private mutating func addConstant(_ value: ValueID, _ packing: any ConstantPacking, at offset: Int) -> Int {
    constants.append(Program.Constant(value: value, packing: packing, byteOffset: offset))
    let alignment = MemoryPlan.alignment
    let end = offset + (packing.elementCount * 4 + alignment - 1) / alignment * alignment
    weightsByteCount = max(weightsByteCount, end)
    return constants.count - 1
  }

  /// Gives every parameter a place in the weights image, of which another program takes `byteCount` bytes.
  mutating func placeParameters(_ places: [String: Int], _ byteCount: Int) {
    weightsByteCount = byteCount
    let layouts = Dictionary(
      assignment.storages.compactMap { storage in
        if case .parameter(let parameter)? = storage.place { (parameter, storage.layout) } else { nil }
      }, uniquingKeysWith: { first, _ in first })
    for parameter in graph.parameters {
      guard let layout = layouts[parameter.value] else { continue }
      parameterIndices[parameter.value] = addConstant(
        parameter.value, layout, at: places[parameter.name] ?? weightsByteCount)
    }
  }

  // MARK: Places

  func finish(batch: ClosedRange<Int>, inStretches: Bool) -> Program {
    let (storageItems, itemOfStorage) = memoryItems()
    let allItems = storageItems + temporaries
    let stretches = Stretches(
      of: steps.map { usesSharedTemporary($0) ? nil : $0.chunks }, allItems,
      largestBatch: inStretches ? batch.upperBound : 1)
    let items = allItems.map { $0.kept(in: stretches) }
    let plan = MemoryPlan(items)
    func arena(_ item: Int) -> Program.Operand {
      items[item].isPerImage
        ? Program.Operand(
          .arena, fixedOffset: plan.fixedByteCount, offsetPerImage: plan.offsets[item],
          imageStride: items[item].byteCount)
        : Program.Operand(.arena, fixedOffset: plan.offsets[item])
    }
    let places = assignment.storages.enumerated().map { index, storage -> Program.Operand in
      let imageStride = storage.layout.isPerImage ? storage.layout.elementCount * 4 : 0
      switch storage.place {
      case .input(let position): return Program.Operand(.input(position), imageStride: imageStride)
      case .output(let position): return Program.Operand(.output(position), imageStride: imageStride)
      case .parameter(let parameter):
        guard let constant = parameterIndices[parameter] else { preconditionFailure("a parameter has no place") }
        return Program.Operand(.weights, fixedOffset: constants[constant].byteOffset)
      case nil: return itemOfStorage[StorageID(index: index)].map(arena) ?? Program.Operand(.arena)
      }
    }
    let temporaryPlaces = temporaries.indices.map { arena(storageItems.count + $0) }
    let placedSteps = steps.enumerated().map { index, step in
      var placed = program(step: step, places, temporaryPlaces)
      placed.imagesPerRound = stretches.range(of: index) == nil ? nil : 1
      return placed
    }
    return Program(
      name: graph.name,
      inputs: graph.inputs.map { Program.Interface(name: $0.name, type: graph.type(of: $0.value)) },
      outputs: graph.outputs.map { Program.Interface(name: $0.name, type: graph.type(of: $0.value)) },
      kernels: kernels, steps: placedSteps, constants: constants,
      weightsByteCount: weightsByteCount, arenaFixedByteCount: plan.fixedByteCount,
      arenaByteCountPerImage: plan.byteCountPerImage, scratchByteCount: scratchByteCount,
      liveByteCountPerImage: plan.liveByteCountPerImage, batch: batch)
  }

  private func program(
    step: Draft, _ places: [Program.Operand], _ temporaryPlaces: [Program.Operand]
  ) -> Program.Step {
    let operands = step.operands.map { operand in
      switch operand {
      case .storage(let storage): places[storage.index]
      case .temporary(let temporary): temporaryPlaces[temporary]
      case .constant(let index): Program.Operand(.weights, fixedOffset: constants[index].byteOffset)
      case .scratch: Program.Operand(.scratch)
      }
    }
    let results = step.completed.compactMap { storage in
      step.operands.lastIndex(of: .storage(storage)).map { position in
        let made = assignment.storages[storage.index]
        return Program.Step.Result(value: made.value, layout: made.layout, operand: position)
      }
    }
    return Program.Step(
      kernel: step.kernel, operands: operands, chunks: step.chunks, name: step.name, op: step.op, results: results,
      multiplyAdds: step.multiplyAdds, fixedByteCount: byteCount(ofOperandsOf: step) { !$0 },
      byteCountPerImage: byteCount(ofOperandsOf: step) { $0 })
  }

  /// Bytes of a step's operands whose kind, that of growing with the batch or not, is counted.
  private func byteCount(ofOperandsOf step: Draft, where isCounted: (_ isPerImage: Bool) -> Bool) -> Int {
    step.operands.map { operand in
      switch operand {
      case .storage(let storage):
        let layout = assignment.storages[storage.index].layout
        return isCounted(layout.isPerImage) ? layout.elementCount * 4 : 0
      case .temporary(let index): return isCounted(temporaries[index].isPerImage) ? temporaries[index].byteCount : 0
      case .constant(let index): return isCounted(false) ? constants[index].packing.elementCount * 4 : 0
      case .scratch: return 0
      }
    }.reduce(0, +)
  }

  /// The arena's tensors with their lives, in the order in which they are made.
  private func memoryItems() -> ([MemoryPlan.Item], [StorageID: Int]) {
    var lastUses: [StorageID: Int] = [:]
    for (index, step) in steps.enumerated() {
      for case .storage(let storage) in step.operands { lastUses[storage] = index }
    }
    var items: [MemoryPlan.Item] = []
    var itemOfStorage: [StorageID: Int] = [:]
    for (index, step) in steps.enumerated() {
      for (position, written) in step.written.enumerated() where itemOfStorage[written] == nil {
        let storage = assignment.storages[written.index]
        guard storage.place == nil else { continue }
        let replaced =
          position > 0
          ? nil
          : step.replaced.flatMap { lastUses[$0] == index && uses($0, in: step) == 1 ? itemOfStorage[$0] : nil }
        itemOfStorage[written] = items.count
        items.append(
          MemoryPlan.Item(
            byteCount: storage.layout.elementCount * 4, isPerImage: storage.layout.isPerImage, firstStep: index,
            lastStep: lastUses[written] ?? index, mayReplace: replaced))
      }
    }
    return (items, itemOfStorage)
  }

  private func usesSharedTemporary(_ step: Draft) -> Bool {
    step.operands.contains { operand in
      if case .temporary(let index) = operand { !temporaries[index].isPerImage } else { false }
    }
  }

  /// What a step also reads as another operand must not change under it.
  private func uses(_ storage: StorageID, in step: Draft) -> Int {
    step.operands.count { $0 == .storage(storage) }
  }
}

extension LoweredStep {
  /// The results that it writes, or reads again, in the order of its operands.
  fileprivate var writtenResults: [Int] {
    operands.compactMap { if case .result(let result) = $0 { result } else { nil } }
  }
}
