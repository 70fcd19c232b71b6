/// The syntax tree of a template. Offsets are bytes of its text.
indirect enum TemplateStatement: Sendable {
  /// Bytes copied as they are.
  case text(Range<Int>)
  case output(TemplatePipeline)
  case condition([(test: TemplatePipeline, body: [TemplateStatement])], otherwise: [TemplateStatement])
  case with(TemplatePipeline, body: [TemplateStatement], otherwise: [TemplateStatement])
  case range(TemplatePipeline, body: [TemplateStatement], otherwise: [TemplateStatement])
  case leave
  case next
}

/// `$x := first | second`
struct TemplatePipeline: Sendable {
  var variables: [String] = []
  /// `=` instead of `:=`.
  var assigns = false
  var commands: [TemplateCommand] = []
  let offset: Int
}

/// A function with its arguments, or a single value.
struct TemplateCommand: Sendable {
  let operands: [TemplateOperand]
  let offset: Int
}

struct TemplateOperand: Sendable {
  indirect enum Base: Sendable {
    case literal(TemplateValue)
    case dot
    case variable(String)
    case function(String)
    case pipeline(TemplatePipeline)
  }

  let base: Base
  /// `.a.b` behind the base.
  var fields: [String]
  let offset: Int
}
