import Core

/// Builds the syntax tree of a template (Go's text/template, without templates of its own: a manifest has none).
struct TemplateParser {
  private let pieces: [TemplatePiece]
  private let end: Int
  private var position = 0
  private var depth = 0

  static func parse(_ bytes: [UInt8]) throws(TemplateError) -> [TemplateStatement] {
    var parser = TemplateParser(pieces: try TemplateLexer.pieces(of: bytes), end: bytes.count)
    let (statements, ending) = try parser.statements(opening: nil)
    if let ending {
      throw TemplateError(message: "{{ \(ending.keyword) }} has nothing to belong to", offset: ending.offset)
    }
    return statements
  }

  private init(pieces: [TemplatePiece], end: Int) {
    self.pieces = pieces
    self.end = end
  }

  /// `else` or `end`, with what stands behind `else`.
  private struct Ending {
    let keyword: String
    let rest: ArraySlice<TemplateToken>
    let offset: Int
  }

  private mutating func statements(opening: Int?) throws(TemplateError) -> ([TemplateStatement], Ending?) {
    var statements: [TemplateStatement] = []
    while position < pieces.count {
      let piece = pieces[position]
      position += 1
      switch piece {
      case .text(let range): statements.append(.text(range))
      case .action(let tokens, let offset):
        guard case .identifier(let word)? = tokens.first?.kind else {
          statements.append(.output(try pipeline(tokens[...], offset: offset)))
          continue
        }
        let rest = tokens.dropFirst()
        switch word {
        case "end", "else": return (statements, Ending(keyword: word, rest: rest, offset: offset))
        case "if", "with", "range": statements.append(try block(word, rest, offset: offset))
        case "break": statements.append(.leave)
        case "continue": statements.append(.next)
        case "define", "template", "block":
          throw TemplateError(message: "\"\(word)\" cannot be used in a manifest", offset: offset)
        default: statements.append(.output(try pipeline(tokens[...], offset: offset)))
        }
      }
    }
    if let opening { throw TemplateError(message: "this block is not closed with {{ end }}", offset: opening) }
    return (statements, nil)
  }

  private mutating func block(_ keyword: String, _ head: ArraySlice<TemplateToken>, offset: Int)
    throws(TemplateError) -> TemplateStatement
  {
    depth += 1
    defer { depth -= 1 }
    try checkDepth(at: offset)
    var branches: [(test: TemplatePipeline, body: [TemplateStatement])] = []
    var otherwise: [TemplateStatement] = []
    var test = try pipeline(head, offset: offset, isRange: keyword == "range")
    var isLast = false
    while true {
      let (body, ending) = try statements(opening: offset)
      guard let ending else { break }
      if isLast { otherwise = body } else { branches.append((test, body)) }
      if ending.keyword == "end" {
        guard ending.rest.isEmpty else {
          throw TemplateError(message: "nothing may follow \"end\"", offset: ending.offset)
        }
        break
      }
      if isLast { throw TemplateError(message: "there is an {{ else }} before this already", offset: ending.offset) }
      guard let next = ending.rest.first else {
        isLast = true
        continue
      }
      guard keyword != "range", next.kind == .identifier(keyword) else {
        throw TemplateError(message: "only \"\(keyword)\" may follow this \"else\"", offset: next.offset)
      }
      test = try pipeline(ending.rest.dropFirst(), offset: ending.offset)
    }
    switch keyword {
    case "if": return .condition(branches, otherwise: otherwise)
    case "range": return .range(branches[0].test, body: branches[0].body, otherwise: otherwise)
    default:
      return branches.dropFirst().reversed().reduce(
        into: .with(branches[0].test, body: branches[0].body, otherwise: otherwise)
      ) { statement, branch in
        // `else with` is a `with` inside the `else` of the one before.
        guard case .with(let test, let body, let otherwise) = statement else { return }
        statement = .with(test, body: body, otherwise: [.with(branch.test, body: branch.body, otherwise: otherwise)])
      }
    }
  }

  private mutating func pipeline(_ tokens: ArraySlice<TemplateToken>, offset: Int, isRange: Bool = false)
    throws(TemplateError) -> TemplatePipeline
  {
    var tokens = tokens
    let pipeline = try pipelineUpToClose(&tokens, offset: offset, isRange: isRange)
    if let extra = tokens.first { throw TemplateError(message: "unexpected \")\"", offset: extra.offset) }
    return pipeline
  }

  private mutating func pipelineUpToClose(
    _ tokens: inout ArraySlice<TemplateToken>, offset: Int, isRange: Bool = false
  ) throws(TemplateError) -> TemplatePipeline {
    var pipeline = TemplatePipeline(offset: offset)
    try declaration(&tokens, into: &pipeline, isRange: isRange)
    while true {
      pipeline.commands.append(try command(&tokens, offset: offset))
      guard tokens.first?.kind == .pipe else { return pipeline }
      tokens = tokens.dropFirst()
    }
  }

  /// `$x :=`, `$x =` and, in a range, `$i, $x :=`.
  private func declaration(
    _ tokens: inout ArraySlice<TemplateToken>, into pipeline: inout TemplatePipeline, isRange: Bool
  ) throws(TemplateError) {
    var names: [String] = []
    var rest = tokens
    while case .variable(let name)? = rest.first?.kind {
      names.append(name)
      rest = rest.dropFirst()
      guard rest.first?.kind == .comma else { break }
      rest = rest.dropFirst()
    }
    guard !names.isEmpty, let sign = rest.first, sign.kind == .declare || sign.kind == .assign else { return }
    guard names.count <= (isRange ? 2 : 1) else {
      throw TemplateError(message: "too many variables before \":=\"", offset: sign.offset)
    }
    pipeline.variables = names
    pipeline.assigns = sign.kind == .assign
    tokens = rest.dropFirst()
  }

  private mutating func command(_ tokens: inout ArraySlice<TemplateToken>, offset: Int)
    throws(TemplateError) -> TemplateCommand
  {
    let start = tokens.first?.offset ?? offset
    var operands: [TemplateOperand] = []
    while let token = tokens.first, token.kind != .pipe, token.kind != .close {
      operands.append(try operand(&tokens, token))
    }
    guard let first = operands.first else { throw TemplateError(message: "a value is missing here", offset: start) }
    if operands.count > 1 {
      guard case .function = first.base else {
        throw TemplateError(message: "this takes no arguments: it is not a function", offset: first.offset)
      }
    }
    return TemplateCommand(operands: operands, offset: start)
  }

  private mutating func operand(_ tokens: inout ArraySlice<TemplateToken>, _ token: TemplateToken)
    throws(TemplateError) -> TemplateOperand
  {
    tokens = tokens.dropFirst()
    var fields: [String] = []
    let base: TemplateOperand.Base
    switch token.kind {
    case .string(let text): base = .literal(.string(text))
    case .int(let value): base = .literal(.int(value))
    case .double(let value): base = .literal(.double(value))
    case .dot: base = .dot
    case .field(let name):
      base = .dot
      fields = [name]
    case .variable(let name): base = .variable(name)
    case .identifier("true"): base = .literal(.bool(true))
    case .identifier("false"): base = .literal(.bool(false))
    case .identifier("nil"): base = .literal(.null)
    case .identifier(let name):
      guard TemplateFunctions.table[name] != nil || name == "and" || name == "or" else {
        let hint =
          Spelling.nearest(to: name, among: Array(TemplateFunctions.table.keys)).map { "; did you mean \($0)?" } ?? ""
        throw TemplateError(message: "unknown function \"\(name.shortened(to: 40))\"\(hint)", offset: token.offset)
      }
      base = .function(name)
    case .open:
      depth += 1
      defer { depth -= 1 }
      try checkDepth(at: token.offset)
      base = .pipeline(try pipelineUpToClose(&tokens, offset: token.offset))
      guard tokens.first?.kind == .close else {
        throw TemplateError(message: "this ( is not closed", offset: token.offset)
      }
      tokens = tokens.dropFirst()
    case .close, .pipe, .declare, .assign, .comma:
      throw TemplateError(message: "a value is missing here", offset: token.offset)
    }
    while let next = tokens.first, !next.followsBlank, case .field(let name) = next.kind {
      if case .function = base { break }
      fields.append(name)
      tokens = tokens.dropFirst()
    }
    return TemplateOperand(base: base, fields: fields, offset: token.offset)
  }

  private func checkDepth(at offset: Int) throws(TemplateError) {
    if depth > 100 { throw TemplateError(message: "nested more than 100 levels deep", offset: offset) }
  }
}
