import Diagnostics
import GraphIR
import Kernels
import LoopIR

extension Program {
  /// Lowers a graph, fused as it is, for a machine and a range of batches: units that share a step, layouts, memory,
  /// and a kernel for each distinct problem. Throws at the node that cannot be compiled.
  package init(lowering graph: Graph, for machine: Machine, batch: ClosedRange<Int>) throws(Diagnostic) {
    let constants = Set(graph.parameters.map(\.value))
      .union(graph.constantNodeIndices.flatMap { graph.nodes[$0].results })
    let units = StepUnit.units(of: graph, constants: constants)
    let assignment = try LayoutAssignment(
      of: graph, units: units, constants: constants, machine: machine, largestBatch: batch.upperBound)
    var assembly = ProgramAssembly(graph: graph, assignment: assignment, machine: machine)
    for step in assignment.steps { try assembly.add(step) }
    self = assembly.finish(batch: batch)
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
  private var weightsByteCount = 0
  private var steps: [Draft] = []

  /// A step whose storages have no places yet.
  private struct Draft {
    enum Operand {
      case storage(StorageID)
      case constant(Int)
    }

    var kernel: Int
    var operands: [Operand]
    var chunks: Program.Chunks
    var name: String
    var result: StorageID
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

  mutating func add(_ step: PlacedStep) throws(Diagnostic) {
    let lowered = try lower(step)
    let values = step.unit.map { $0.isElementwise ? $0.operands : $0.nodes[0].operands } ?? []
    let storages = nodeStorages(of: step)
    let operands = lowered.operands.map { operand -> Draft.Operand in
      switch operand {
      case .result: return .storage(step.result)
      case .packed(let position, let packing): return .constant(constant(values[position], packing))
      case .operand(let position):
        guard let storage = storages[position] else { preconditionFailure("operand \(position) is a constant") }
        return .storage(storage)
      }
    }
    steps.append(
      Draft(
        kernel: kernel(of: lowered), operands: operands,
        chunks: Program.Chunks(perGroup: lowered.chunksPerGroup, imagesPerGroup: lowered.imagesPerGroup),
        name: step.unit?.name ?? "layout", result: step.result,
        replaced: lowered.inPlaceOperand.flatMap { storages[$0] }, multiplyAdds: multiplyAdds(step)))
  }

  /// Storages for the operands as the lowering numbers them: a node's, or a unit's where it is a sweep.
  private func nodeStorages(of step: PlacedStep) -> [StorageID?] {
    guard let unit = step.unit, !unit.isElementwise else { return step.operands }
    return unit.nodes[0].operands.map { value in
      unit.operands.firstIndex(of: value).flatMap { step.operands[$0] }
    }
  }

  private func lower(_ step: PlacedStep) throws(Diagnostic) -> LoweredStep {
    guard let unit = step.unit else { return conversion(step) }
    if unit.isElementwise { return unit.lowerElementwise(at: assignment.site(of: unit, operands: step.operands)) }
    let node = unit.nodes[0]
    guard let op = node.op as? any Lowerable else {
      throw Diagnostic(.error, "'\(type(of: node.op).mnemonic)' cannot be compiled", at: node.origin)
    }
    do {
      return try op.lower(at: assignment.site(of: unit, operands: nodeStorages(of: step), node: node))
    } catch {
      throw Diagnostic(.error, error.message, at: node.origin)
    }
  }

  private func conversion(_ step: PlacedStep) -> LoweredStep {
    guard let source = step.operands[0] else { preconditionFailure("a conversion has an operand") }
    let conversion = Conversion(
      input: assignment.storages[source.index].layout, output: assignment.storages[step.result.index].layout)
    let lanes = machine.vectorLanes
    return LoweredStep(
      key: conversion, kernelName: "layout", operands: [.operand(0), .result],
      chunksPerGroup: conversion.chunksPerImage
    ) { conversion.kernel(named: $0, lanes: lanes) }
  }

  private mutating func kernel(of step: LoweredStep) -> Int {
    let key = AnyHashable(step.key)
    if let index = kernelIndices[key] { return index }
    kernels.append(step.makeKernel("k\(kernels.count)_\(step.kernelName)"))
    kernelIndices[key] = kernels.count - 1
    return kernels.count - 1
  }

  private mutating func constant(_ value: ValueID, _ packing: any ConstantPacking) -> Int {
    let key = ConstantKey(value: value, packing: AnyHashable(packing))
    if let index = constantIndices[key] { return index }
    constants.append(Program.Constant(value: value, packing: packing, byteOffset: weightsByteCount))
    let alignment = MemoryPlan.alignment
    weightsByteCount += (packing.elementCount * 4 + alignment - 1) / alignment * alignment
    constantIndices[key] = constants.count - 1
    return constants.count - 1
  }

  private func multiplyAdds(_ step: PlacedStep) -> Int {
    (step.unit?.nodes ?? []).map { node in
      node.op.multiplyAdds(node.operands.map { graph.type(of: $0) }, node.results.map { graph.type(of: $0) })
    }.reduce(0, +)
  }

  // MARK: Places

  func finish(batch: ClosedRange<Int>) -> Program {
    let (items, itemOfStorage) = memoryItems()
    let plan = MemoryPlan(items)
    let places = assignment.storages.enumerated().map { index, storage -> Program.Operand in
      if let external = storage.external { return Program.Operand(external) }
      guard let item = itemOfStorage[StorageID(index: index)] else { return Program.Operand(.arena) }
      return Program.Operand(.arena, fixedOffset: plan.fixedByteCount, offsetPerImage: plan.offsets[item])
    }
    return Program(
      name: graph.name,
      inputs: graph.inputs.map { Program.Interface(name: $0.name, type: graph.type(of: $0.value)) },
      outputs: graph.outputs.map { Program.Interface(name: $0.name, type: graph.type(of: $0.value)) },
      kernels: kernels, steps: steps.map { program(step: $0, places) }, constants: constants,
      weightsByteCount: weightsByteCount, arenaFixedByteCount: plan.fixedByteCount,
      arenaByteCountPerImage: plan.byteCountPerImage, liveByteCountPerImage: plan.liveByteCountPerImage, batch: batch)
  }

  private func program(step: Draft, _ places: [Program.Operand]) -> Program.Step {
    let operands = step.operands.map { operand in
      switch operand {
      case .storage(let storage): places[storage.index]
      case .constant(let index): Program.Operand(.weights, fixedOffset: constants[index].byteOffset)
      }
    }
    let storage = assignment.storages[step.result.index]
    return Program.Step(
      kernel: step.kernel, operands: operands, chunks: step.chunks, name: step.name, result: storage.value,
      resultLayout: storage.layout, multiplyAdds: step.multiplyAdds)
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
      let storage = assignment.storages[step.result.index]
      guard storage.external == nil else { continue }
      let replaced = step.replaced.flatMap {
        lastUses[$0] == index && uses($0, in: step) == 1 ? itemOfStorage[$0] : nil
      }
      itemOfStorage[step.result] = items.count
      items.append(
        MemoryPlan.Item(
          byteCount: storage.layout.elementCount * 4, isPerImage: true, firstStep: index,
          lastStep: lastUses[step.result] ?? index, mayReplace: replaced))
    }
    return (items, itemOfStorage)
  }

  /// What a step also reads as another operand must not change under it.
  private func uses(_ storage: StorageID, in step: Draft) -> Int {
    step.operands.count { if case .storage(storage) = $0 { true } else { false } }
  }
}
