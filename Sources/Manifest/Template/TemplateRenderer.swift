import Core
import YAML

/// Runs a template, within limits that hold against endless ones.
struct TemplateRenderer {
  struct Limits: Sendable {
    var steps = 100_000
    /// Of the output, and again of all values made on the way.
    var bytes = 1 << 20
    /// Of all values that functions and loops look at.
    var bytesRead = 4 << 20
    /// Declared and visible at the same time.
    var variables = 200
  }

  private let template: [UInt8]
  private let root: TemplateValue
  private let limits: Limits
  private var output: [UInt8] = []
  private var segments: [SourceMap.Segment] = []
  private var variables: [(name: String, value: TemplateValue)]
  private var steps = 0
  private var budget: TemplateBudget

  /// The output, with the way back from it to the template.
  /// - Parameter data: what `.` and `$` are.
  static func render(_ template: [UInt8], with data: TemplateValue, limits: Limits = Limits())
    throws(TemplateError) -> (output: [UInt8], map: SourceMap)
  {
    let statements = try TemplateParser.parse(template)
    var renderer = TemplateRenderer(
      template: template, root: data, limits: limits, variables: [("$", data)],
      budget: TemplateBudget(reading: limits.bytesRead, making: limits.bytes))
    if let flow = try renderer.run(statements, dot: data) {
      throw TemplateError(message: "break and continue belong inside a range", offset: flow.offset)
    }
    return (renderer.output, SourceMap(original: template, segments: renderer.segments))
  }

  private init(
    template: [UInt8], root: TemplateValue, limits: Limits, variables: [(name: String, value: TemplateValue)],
    budget: TemplateBudget
  ) {
    self.template = template
    self.root = root
    self.limits = limits
    self.variables = variables
    self.budget = budget
  }

  /// A `break` or `continue` on its way to its range.
  private struct Flow {
    let leaves: Bool
    let offset: Int
  }

  private mutating func run(_ statements: [TemplateStatement], dot: TemplateValue) throws(TemplateError) -> Flow? {
    let scope = variables.count
    defer { variables.removeLast(variables.count - scope) }
    for statement in statements {
      if let flow = try run(statement, dot: dot) { return flow }
    }
    return nil
  }

  private mutating func run(_ statement: TemplateStatement, dot: TemplateValue) throws(TemplateError) -> Flow? {
    switch statement {
    case .text(let range): try emit(range)
    case .output(let pipeline):
      let value = try evaluate(pipeline, dot: dot)
      if pipeline.variables.isEmpty { try emit(value.printed, from: pipeline.offset) }
    case .condition(let branches, let otherwise):
      let scope = variables.count
      defer { variables.removeLast(variables.count - scope) }
      for branch in branches where try evaluate(branch.test, dot: dot).isTrue { return try run(branch.body, dot: dot) }
      return try run(otherwise, dot: dot)
    case .with(let test, let body, let otherwise):
      let scope = variables.count
      defer { variables.removeLast(variables.count - scope) }
      let value = try evaluate(test, dot: dot)
      return value.isTrue ? try run(body, dot: value) : try run(otherwise, dot: dot)
    case .range(let pipeline, let body, let otherwise):
      return try runRange(pipeline, body, otherwise, dot: dot)
    case .leave: return Flow(leaves: true, offset: segments.last?.originalStart ?? 0)
    case .next: return Flow(leaves: false, offset: segments.last?.originalStart ?? 0)
    }
    return nil
  }

  private mutating func runRange(
    _ pipeline: TemplatePipeline, _ body: [TemplateStatement], _ otherwise: [TemplateStatement], dot: TemplateValue
  ) throws(TemplateError) -> Flow? {
    let scope = variables.count
    defer { variables.removeLast(variables.count - scope) }
    var source = pipeline
    source.variables = []
    let value = try evaluate(source, dot: dot)
    do throws(FunctionFailure) {
      try budget.read(CollectionOfOne(value))
    } catch {
      throw TemplateError(message: "range: \(error.reason)", offset: pipeline.offset)
    }
    switch value {
    case .list(let values):
      for (index, item) in values.enumerated() {
        if try pass(.int(index), item, pipeline, body) { return nil }
      }
    case .map(let values):
      for key in values.keys.sorted() {
        if try pass(.string(key), values[key] ?? .null, pipeline, body) { return nil }
      }
    case .int(let count) where count >= 0:
      for index in 0..<count {
        if try pass(.int(index), .int(index), pipeline, body) { return nil }
      }
    case .null: break
    default: throw TemplateError(message: "range cannot go over \(value.kind)", offset: pipeline.offset)
    }
    return value.isTrue ? nil : try run(otherwise, dot: dot)
  }

  /// One round of a range; true when it is left.
  private mutating func pass(
    _ key: TemplateValue, _ item: TemplateValue, _ pipeline: TemplatePipeline, _ body: [TemplateStatement]
  ) throws(TemplateError) -> Bool {
    try step(at: pipeline.offset)
    let scope = variables.count
    defer { variables.removeLast(variables.count - scope) }
    let values = pipeline.variables.count == 2 ? [key, item] : [item]
    for (name, value) in zip(pipeline.variables, values) {
      if pipeline.assigns {
        try assign(name, value, at: pipeline.offset)
      } else {
        try declare(name, value, at: pipeline.offset)
      }
    }
    return try run(body, dot: item)?.leaves ?? false
  }

  private mutating func evaluate(_ pipeline: TemplatePipeline, dot: TemplateValue) throws(TemplateError)
    -> TemplateValue
  {
    var piped: TemplateValue?
    for command in pipeline.commands { piped = try evaluate(command, dot: dot, piped: piped) }
    let value = piped ?? .null
    if let name = pipeline.variables.first {
      if pipeline.assigns {
        try assign(name, value, at: pipeline.offset)
      } else {
        try declare(name, value, at: pipeline.offset)
      }
    }
    return value
  }

  private mutating func evaluate(_ command: TemplateCommand, dot: TemplateValue, piped: TemplateValue?)
    throws(TemplateError) -> TemplateValue
  {
    try step(at: command.offset)
    let first = command.operands[0]
    guard case .function(let name) = first.base else {
      if piped != nil {
        throw TemplateError(message: "a value is piped into what is not a function", offset: command.offset)
      }
      return try evaluate(first, dot: dot)
    }
    if name == "and" || name == "or" {
      return try choose(stopsAt: name == "or", command, dot: dot, piped: piped)
    }
    var arguments: [TemplateValue] = []
    for operand in command.operands.dropFirst() { arguments.append(try evaluate(operand, dot: dot)) }
    if let piped { arguments.append(piped) }
    return try call(name, arguments, at: first.offset)
  }

  /// `and` and `or`: the first argument that decides, or the last; those behind it are not evaluated.
  private mutating func choose(
    stopsAt truth: Bool, _ command: TemplateCommand, dot: TemplateValue, piped: TemplateValue?
  ) throws(TemplateError) -> TemplateValue {
    var last: TemplateValue?
    for operand in command.operands.dropFirst() {
      let value = try evaluate(operand, dot: dot)
      if value.isTrue == truth { return value }
      last = value
    }
    guard let result = piped ?? last else {
      throw TemplateError(message: "and / or need an argument", offset: command.offset)
    }
    return result
  }

  private mutating func evaluate(_ operand: TemplateOperand, dot: TemplateValue) throws(TemplateError)
    -> TemplateValue
  {
    try step(at: operand.offset)
    var value: TemplateValue
    switch operand.base {
    case .literal(let literal): value = literal
    case .dot: value = dot
    case .variable(let name):
      guard let found = variables.last(where: { $0.name == name }) else {
        throw TemplateError(message: "undefined variable \(name.shortened(to: 40))", offset: operand.offset)
      }
      value = found.value
    case .function(let name): value = try call(name, [], at: operand.offset)
    case .pipeline(let pipeline): value = try evaluate(pipeline, dot: dot)
    }
    for field in operand.fields {
      switch value {
      case .map(let values): value = values[field] ?? .null
      case .null:
        throw TemplateError(message: "\".\(field.shortened(to: 40))\" is asked of nothing", offset: operand.offset)
      default:
        throw TemplateError(
          message: "\".\(field.shortened(to: 40))\" is asked of \(value.kind)", offset: operand.offset)
      }
    }
    return value
  }

  private mutating func call(_ name: String, _ arguments: [TemplateValue], at offset: Int) throws(TemplateError)
    -> TemplateValue
  {
    guard let function = TemplateFunctions.table[name] else {
      throw TemplateError(message: "\(name) needs arguments", offset: offset)
    }
    guard function.arguments.contains(arguments.count) else {
      throw TemplateError(
        message: "\(name) has \(arguments.count) arguments; that is not what it takes", offset: offset)
    }
    do throws(FunctionFailure) {
      try budget.read(arguments)
      let value = try function.call(arguments, budget)
      try budget.make(value)
      return value
    } catch {
      throw TemplateError(message: "\(name): \(error.reason)", offset: offset)
    }
  }

  private mutating func declare(_ name: String, _ value: TemplateValue, at offset: Int) throws(TemplateError) {
    guard variables.count < limits.variables else {
      throw TemplateError(message: "there are more than \(limits.variables) variables", offset: offset)
    }
    variables.append((name, value))
  }

  private mutating func assign(_ name: String, _ value: TemplateValue, at offset: Int) throws(TemplateError) {
    guard let index = variables.lastIndex(where: { $0.name == name }) else {
      throw TemplateError(message: "undefined variable \(name.shortened(to: 40))", offset: offset)
    }
    variables[index].value = value
  }

  private mutating func step(at offset: Int) throws(TemplateError) {
    steps += 1
    if steps > limits.steps {
      throw TemplateError(message: "the template takes more than \(limits.steps) steps", offset: offset)
    }
  }

  private mutating func emit(_ range: Range<Int>) throws(TemplateError) {
    try step(at: range.lowerBound)
    try checkOutput(adding: range.count, at: range.lowerBound)
    segments.append(.init(generatedStart: output.count, originalStart: range.lowerBound, isCopied: true))
    output += template[range]
  }

  private mutating func emit(_ text: String, from offset: Int) throws(TemplateError) {
    guard !text.isEmpty else { return }
    try checkOutput(adding: text.utf8.count, at: offset)
    segments.append(.init(generatedStart: output.count, originalStart: offset, isCopied: false))
    output += text.utf8
  }

  private func checkOutput(adding count: Int, at offset: Int) throws(TemplateError) {
    if output.count + count > limits.bytes {
      throw TemplateError(message: "the template makes more than \(limits.bytes >> 20) MiB", offset: offset)
    }
  }
}
