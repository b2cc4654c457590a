import Diagnostics
import GraphIR
import Kernels
import Tensors

/// Gives every value a layout. Each has a home layout, in which it is made: network inputs plain, as they come;
/// feature maps blocked, with the widest halo that a consumer of that form asks for; vectors plain; what has no batch
/// as its shape alone says. A consumer that wants another form, or a halo on a network input, gets a conversion, which
/// others share.
struct LayoutAssignment {
  private(set) var storages: [Storage] = []
  private(set) var steps: [PlacedStep] = []

  private let graph: Graph
  private let constants: Set<ValueID>
  private let machine: Machine
  private let largestBatch: Int
  private let arithmetic: Arithmetic
  private var homes: [ValueID: StorageID] = [:]
  /// Halos that consumers ask of conversions, and the conversions once they are made.
  private var conversionHalos: [Variant: Int] = [:]
  private var conversions: [Variant: StorageID] = [:]

  private struct Variant: Hashable {
    var value: ValueID
    var form: LayoutDemand.Form
  }

  /// - Parameter constants: The values that are known when a model is compiled; parameters that are not among them are
  ///   under training.
  init(
    of graph: Graph, units: [StepUnit], constants: Set<ValueID>, machine: Machine, largestBatch: Int,
    arithmetic: Arithmetic
  ) throws(Diagnostic) {
    self.graph = graph
    self.constants = constants
    self.machine = machine
    self.largestBatch = largestBatch
    self.arithmetic = arithmetic
    for (position, input) in graph.inputs.enumerated() {
      homes[input.value] = makeStorage(
        Storage(value: input.value, layout: try callersLayout(of: input.value), place: .input(position)))
    }
    for parameter in graph.parameters where !constants.contains(parameter.value) {
      let layout = try homeLayout(of: parameter.value, origin: nil)
      homes[parameter.value] = makeStorage(
        Storage(value: parameter.value, layout: layout, place: .parameter(parameter.value)))
    }
    for unit in units {
      for result in unit.results {
        let layout = try homeLayout(of: result, origin: unit.nodes.last?.origin)
        homes[result] = makeStorage(Storage(value: result, layout: layout))
      }
    }
    for unit in units { collectDemands(of: unit) }
    for unit in units { place(unit) }
    try placeUpdates()
    try placeOutputs()
  }

  // MARK: Demands

  private mutating func collectDemands(of unit: StepUnit) {
    for (position, value) in unit.operands.enumerated() where !constants.contains(value) {
      guard let demand = demand(of: unit, operand: position), let home = homes[value] else { continue }
      let storage = storages[home.index]
      if storage.place == nil, demand.form == form(of: storage.layout), var image = storage.layout.image {
        image.columnHalo = max(image.columnHalo, demand.columnHalo)
        storages[home.index].layout = .image(image)
      } else {
        let variant = Variant(value: value, form: demand.form)
        conversionHalos[variant] = max(conversionHalos[variant] ?? 0, demand.columnHalo)
      }
    }
  }

  private func demand(of unit: StepUnit, operand: Int) -> LayoutDemand? {
    let site = site(of: unit, operands: unit.operands.map { homes[$0] })
    if unit.isElementwise {
      return site.operandTypes[operand].shape.rank == 4 && site.operandLayouts[operand]?.image != nil
        ? LayoutDemand(.blocked) : nil
    }
    guard let op = unit.nodes[0].op as? any MultiStepLowerable else { return nil }
    // A unit lists each value once; a node may use it twice, and then the wider demand holds, and blocks over planes:
    // what can read planes reads blocks too.
    let uses = unit.nodes[0].operands.indices.filter { unit.nodes[0].operands[$0] == unit.operands[operand] }
    let nodeSite = self.site(of: unit, operands: unit.nodes[0].operands.map { homes[$0] }, node: unit.nodes[0])
    let demands = uses.compactMap { position in
      nodeSite.operandLayouts[position].flatMap { _ in op.demand(operand: position, at: nodeSite) }
    }
    guard var widest = demands.first(where: { $0.form == .blocked }) ?? demands.first else { return nil }
    widest.columnHalo = demands.map(\.columnHalo).max() ?? 0
    return widest
  }

  /// The site at which a unit is lowered, with the layouts of these storages.
  func site(of unit: StepUnit, operands: [StorageID?], node: Node? = nil) -> LoweringSite {
    let values = node?.operands ?? unit.operands
    return LoweringSite(
      operandTypes: values.map { graph.type(of: $0) }, resultTypes: unit.results.map { graph.type(of: $0) },
      operandLayouts: operands.map { $0.map { storages[$0.index].layout } },
      resultLayouts: unit.results.compactMap { homes[$0] }.map { storages[$0.index].layout }, machine: machine,
      largestBatch: largestBatch, arithmetic: arithmetic)
  }

  // MARK: Placement

  private mutating func place(_ unit: StepUnit) {
    let operands = unit.operands.enumerated().map { position, value -> StorageID? in
      constants.contains(value) ? nil : storage(of: value, for: demand(of: unit, operand: position))
    }
    steps.append(PlacedStep(unit: unit, operands: operands, results: unit.results.compactMap { homes[$0] }))
  }

  /// The value's home, where it meets the demand, else a conversion of it.
  private mutating func storage(of value: ValueID, for demand: LayoutDemand?) -> StorageID {
    guard let home = homes[value] else { preconditionFailure("a runtime value has a home") }
    let layout = storages[home.index].layout
    guard let demand, !meets(layout, demand) else { return home }
    let variant = Variant(value: value, form: demand.form)
    if let made = conversions[variant] { return made }
    let storage = makeStorage(Storage(value: value, layout: converted(layout, to: demand, variant)))
    conversions[variant] = storage
    steps.append(PlacedStep(unit: nil, operands: [home], results: [storage]))
    return storage
  }

  private func meets(_ layout: TensorLayout, _ demand: LayoutDemand) -> Bool {
    guard let image = layout.image else {
      if case .transposedFilter = demand.form { return false }
      return true
    }
    return form(of: layout) == demand.form && image.columnHalo >= demand.columnHalo
  }

  private func converted(_ layout: TensorLayout, to demand: LayoutDemand, _ variant: Variant) -> TensorLayout {
    switch layout {
    case .image(var image):
      image.channelBlock = demand.form == .blocked ? machine.vectorLanes : 1
      image.columnHalo = conversionHalos[variant] ?? demand.columnHalo
      return .image(image)
    case .filter(let filter):
      guard case .transposedFilter(let groups) = demand.form else { return layout }
      return .filter(filter.transposed(groups: groups))
    case .vector: return layout
    }
  }

  /// A new value of a parameter is made in the parameter's place, which nothing may read afterwards.
  private mutating func placeUpdates() throws(Diagnostic) {
    for update in graph.updates {
      guard let parameter = homes[update.parameter], let home = homes[update.value],
        storages[home.index].place == nil, let made = steps.firstIndex(where: { $0.results.contains(home) })
      else { throw unplaced(update, "it is not computed by a node of its own") }
      guard steps[(made + 1)...].allSatisfy({ !$0.operands.contains(parameter) }) else {
        throw unplaced(update, "the old value is read after it")
      }
      storages[home.index].place = .parameter(update.parameter)
    }
  }

  private func unplaced(_ update: Graph.Update, _ reason: String) -> Diagnostic {
    let name = graph.parameters.first { $0.value == update.parameter }?.name ?? "a parameter"
    return Diagnostic(.error, "the update of '\(name)' cannot be compiled: \(reason)", at: nil)
  }

  /// A plain output that a step makes goes straight to the caller's memory; any other is converted.
  private mutating func placeOutputs() throws(Diagnostic) {
    for (position, output) in graph.outputs.enumerated() {
      guard let home = homes[output.value] else {
        throw Diagnostic(
          .error,
          "output '\(output.name)' does not depend on an input: it is known when the network is compiled", at: nil)
      }
      if storages[home.index].place == nil, storages[home.index].layout.image?.isDense == true {
        storages[home.index].place = .output(position)
      } else {
        let layout = try callersLayout(of: output.value)
        let storage = makeStorage(Storage(value: output.value, layout: layout, place: .output(position)))
        // What has no batch is copied at once: the loss is known before the backward pass, and gradients die early.
        let made = steps.lastIndex { $0.results.contains(home) }
        let place = layout.isPerImage ? steps.count : made.map { $0 + 1 } ?? 0
        steps.insert(PlacedStep(unit: nil, operands: [home], results: [storage]), at: place)
      }
    }
  }

  private mutating func makeStorage(_ storage: Storage) -> StorageID {
    storages.append(storage)
    return StorageID(index: storages.count - 1)
  }

  // MARK: Layouts

  private func form(of layout: TensorLayout) -> LayoutDemand.Form? {
    layout.image.map { $0.isBlocked ? .blocked : .plain }
  }

  /// How a value lies where it is made.
  private func homeLayout(of value: ValueID, origin: SourceRange?) throws(Diagnostic) -> TensorLayout {
    let type = graph.type(of: value)
    if type.shape.isBatched {
      return .image(try imageLayout(type, block: type.shape.rank == 4 ? machine.vectorLanes : 1, origin: origin))
    }
    let extents = type.shape.dimensions.compactMap(\.fixedExtent)
    let lanes = machine.vectorLanes
    switch extents.count {
    case 0, 1: return .vector(count: extents.first ?? 1, lanes: lanes)
    case 2:
      return .filter(FilterLayout(outputs: extents[0], inputs: extents[1], inputBlock: extents[1], lanes: lanes))
    case 4:
      return .filter(
        FilterLayout(
          outputs: extents[0], inputs: extents[1], kernelRows: extents[2], kernelColumns: extents[3],
          inputBlock: min(extents[1], lanes), lanes: lanes))
    default: throw uncompiled(type, at: origin)
    }
  }

  /// How a value lies in memory that belongs to the caller.
  private func callersLayout(of value: ValueID) throws(Diagnostic) -> TensorLayout {
    let type = graph.type(of: value)
    if type.shape.isBatched { return .image(try imageLayout(type, block: 1, origin: nil)) }
    return .vector(count: type.shape.elementCountPerImage ?? 0, lanes: 1)
  }

  private func imageLayout(_ type: TensorType, block: Int, origin: SourceRange?) throws(Diagnostic) -> ImageLayout {
    let extents = type.shape.dimensions.dropFirst().compactMap(\.fixedExtent)
    guard type.element == .f32 || extents.isEmpty, [0, 1, 3].contains(extents.count) else {
      throw uncompiled(type, at: origin)
    }
    return ImageLayout(
      channels: extents.first ?? 1, rows: extents.count == 3 ? extents[1] : 1,
      columns: extents.count == 3 ? extents[2] : 1, channelBlock: block)
  }

  private func uncompiled(_ type: TensorType, at origin: SourceRange?) -> Diagnostic {
    Diagnostic(
      .error,
      "cannot compile a value of type \(type): expected f32[N, C] or f32[N, C, H, W] with the batch N first", at: origin
    )
  }
}
