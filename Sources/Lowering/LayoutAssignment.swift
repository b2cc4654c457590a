import Diagnostics
import GraphIR
import Kernels
import Tensors

/// Names a tensor in memory: a value in one layout.
struct StorageID: Hashable, Sendable {
  let index: Int
}

/// A value in one layout, in the arena or in the caller's memory.
struct Storage: Sendable {
  var value: ValueID
  var layout: ImageLayout
  /// The caller's input or output; nil: the arena.
  var external: Program.Operand.Space?
}

/// A step with its operands' and result's storages.
struct PlacedStep: Sendable {
  /// nil: a conversion of its one operand.
  var unit: StepUnit?
  /// One for each of the unit's operands; nil for constants.
  var operands: [StorageID?]
  var result: StorageID
}

/// Gives every value a layout. Each has a home layout, in which it is made: network inputs plain, as they come;
/// feature maps blocked, with the widest halo that a consumer of that form asks for; vectors plain. A consumer that
/// wants another form, or a halo on a network input, gets a conversion, which others share.
struct LayoutAssignment {
  private(set) var storages: [Storage] = []
  private(set) var steps: [PlacedStep] = []

  private let graph: Graph
  private let constants: Set<ValueID>
  private let machine: Machine
  private let largestBatch: Int
  private var homes: [ValueID: StorageID] = [:]
  /// Halos that consumers ask of conversions, and the conversions once they are made.
  private var conversionHalos: [Variant: Int] = [:]
  private var conversions: [Variant: StorageID] = [:]

  private struct Variant: Hashable {
    var value: ValueID
    var form: LayoutDemand.Form
  }

  init(
    of graph: Graph, units: [StepUnit], constants: Set<ValueID>, machine: Machine, largestBatch: Int
  ) throws(Diagnostic) {
    self.graph = graph
    self.constants = constants
    self.machine = machine
    self.largestBatch = largestBatch
    for (position, input) in graph.inputs.enumerated() {
      let layout = try imageLayout(of: input.value, .plain, origin: nil)
      homes[input.value] = makeStorage(Storage(value: input.value, layout: layout, external: .input(position)))
    }
    for unit in units {
      let form: LayoutDemand.Form = graph.type(of: unit.result).shape.rank == 4 ? .blocked : .plain
      let layout = try imageLayout(of: unit.result, form, origin: unit.nodes.last?.origin)
      homes[unit.result] = makeStorage(Storage(value: unit.result, layout: layout))
    }
    for unit in units { collectDemands(of: unit) }
    for unit in units { place(unit) }
    try placeOutputs()
  }

  // MARK: Demands

  private mutating func collectDemands(of unit: StepUnit) {
    for (position, value) in unit.operands.enumerated() where !constants.contains(value) {
      guard let demand = demand(of: unit, operand: position), let home = homes[value] else { continue }
      let storage = storages[home.index]
      if storage.external == nil, demand.form == form(of: storage.layout) {
        storages[home.index].layout.columnHalo = max(storage.layout.columnHalo, demand.columnHalo)
      } else {
        let variant = Variant(value: value, form: demand.form)
        conversionHalos[variant] = max(conversionHalos[variant] ?? 0, demand.columnHalo)
      }
    }
  }

  private func demand(of unit: StepUnit, operand: Int) -> LayoutDemand? {
    let site = site(of: unit, operands: unit.operands.map { homes[$0] })
    if unit.isElementwise {
      return site.operandTypes[operand].shape.rank == 4 ? LayoutDemand(.blocked) : nil
    }
    guard let op = unit.nodes[0].op as? any Lowerable else { return nil }
    // A unit lists each value once; a node may use it twice, and then the wider demand holds, and blocks over planes:
    // what can read planes reads blocks too.
    let uses = unit.nodes[0].operands.indices.filter { unit.nodes[0].operands[$0] == unit.operands[operand] }
    let nodeSite = self.site(of: unit, operands: unit.nodes[0].operands.map { homes[$0] }, node: unit.nodes[0])
    let demands = uses.compactMap { op.demand(operand: $0, at: nodeSite) }
    guard var widest = demands.first(where: { $0.form == .blocked }) ?? demands.first else { return nil }
    widest.columnHalo = demands.map(\.columnHalo).max() ?? 0
    return widest
  }

  /// The site at which a unit is lowered, with the layouts of these storages.
  func site(of unit: StepUnit, operands: [StorageID?], node: Node? = nil) -> LoweringSite {
    let values = node?.operands ?? unit.operands
    let result = homes[unit.result].map { storages[$0.index].layout }
    guard let result else { preconditionFailure("a unit's result has a home") }
    return LoweringSite(
      operandTypes: values.map { graph.type(of: $0) }, resultType: graph.type(of: unit.result),
      operandLayouts: operands.map { $0.map { storages[$0.index].layout } }, resultLayout: result, machine: machine,
      largestBatch: largestBatch)
  }

  // MARK: Placement

  private mutating func place(_ unit: StepUnit) {
    let operands = unit.operands.enumerated().map { position, value -> StorageID? in
      constants.contains(value) ? nil : storage(of: value, for: demand(of: unit, operand: position))
    }
    guard let result = homes[unit.result] else { preconditionFailure("a unit's result has a home") }
    steps.append(PlacedStep(unit: unit, operands: operands, result: result))
  }

  /// The value's home, where it meets the demand, else a conversion of it.
  private mutating func storage(of value: ValueID, for demand: LayoutDemand?) -> StorageID {
    guard let home = homes[value] else { preconditionFailure("a runtime value has a home") }
    let layout = storages[home.index].layout
    guard let demand, form(of: layout) != demand.form || layout.columnHalo < demand.columnHalo else { return home }
    let variant = Variant(value: value, form: demand.form)
    if let made = conversions[variant] { return made }
    var converted = layout
    converted.channelBlock = demand.form == .blocked ? machine.vectorLanes : 1
    converted.columnHalo = conversionHalos[variant] ?? demand.columnHalo
    let storage = makeStorage(Storage(value: value, layout: converted))
    conversions[variant] = storage
    steps.append(PlacedStep(unit: nil, operands: [home], result: storage))
    return storage
  }

  /// A plain output that a step makes goes straight to the caller's memory; any other is converted at the end.
  private mutating func placeOutputs() throws(Diagnostic) {
    for (position, output) in graph.outputs.enumerated() {
      guard let home = homes[output.value] else {
        throw Diagnostic(
          .error,
          "output '\(output.name)' does not depend on an input: it is known when the network is compiled", at: nil)
      }
      if storages[home.index].external == nil, storages[home.index].layout.isDense {
        storages[home.index].external = .output(position)
      } else {
        let layout = try imageLayout(of: output.value, .plain, origin: nil)
        let storage = makeStorage(Storage(value: output.value, layout: layout, external: .output(position)))
        steps.append(PlacedStep(unit: nil, operands: [home], result: storage))
      }
    }
  }

  private mutating func makeStorage(_ storage: Storage) -> StorageID {
    storages.append(storage)
    return StorageID(index: storages.count - 1)
  }

  private func form(of layout: ImageLayout) -> LayoutDemand.Form { layout.isBlocked ? .blocked : .plain }

  private func imageLayout(
    of value: ValueID, _ form: LayoutDemand.Form, origin: SourceRange?
  ) throws(Diagnostic) -> ImageLayout {
    let type = graph.type(of: value)
    let extents = type.shape.dimensions.dropFirst().compactMap(\.fixedExtent)
    guard type.element == .f32, type.shape.isBatched, extents.count == type.shape.rank - 1,
      extents.count == 1 || extents.count == 3
    else {
      throw Diagnostic(
        .error,
        "cannot compile a value of type \(type): expected f32[N, C] or f32[N, C, H, W] with the batch N first",
        at: origin)
    }
    return ImageLayout(
      channels: extents[0], rows: extents.count == 3 ? extents[1] : 1, columns: extents.count == 3 ? extents[2] : 1,
      channelBlock: form == .blocked ? machine.vectorLanes : 1)
  }
}
