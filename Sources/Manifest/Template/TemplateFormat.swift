import Glibc

/// Go's `printf`, as far as templates use it: `%s %v %q %d %x %f %t %%` with flags, width and precision.
enum TemplateFormat {
  static func format(_ format: String, _ arguments: [TemplateValue], _ budget: TemplateBudget)
    throws(FunctionFailure) -> String
  {
    var result: [UInt8] = []
    var arguments = arguments[...]
    var bytes = Array(format.utf8)[...]
    while let byte = bytes.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        result.append(byte)
        continue
      }
      var directive = Directive()
      while let flag = bytes.first, [UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "0"), 0x20].contains(flag) {
        if flag == UInt8(ascii: "-") { directive.alignsLeft = true }
        if flag == UInt8(ascii: "+") { directive.showsPlus = true }
        if flag == UInt8(ascii: "0") { directive.fillsWithZeros = true }
        bytes = bytes.dropFirst()
      }
      directive.width = try number(&bytes) ?? 0
      if bytes.first == UInt8(ascii: ".") {
        bytes = bytes.dropFirst()
        directive.precision = try number(&bytes) ?? 0
      }
      guard let verb = bytes.popFirst() else {
        result += "%!(NOVERB)".utf8
        break
      }
      if verb == UInt8(ascii: "%") {
        result.append(verb)
        continue
      }
      let letter = String(decoding: [verb], as: UTF8.self)
      guard let argument = arguments.popFirst() else {
        result += "%!\(letter)(MISSING)".utf8
        continue
      }
      try budget.require(result.count + argument.weight)
      let text = directive.padded(try self.text(of: argument, verb: letter, directive))
      try budget.require(result.count + text.utf8.count)
      result += text.utf8
    }
    if !arguments.isEmpty { throw FunctionFailure("there are more values than % in the format") }
    return String(decoding: result, as: UTF8.self)
  }

  /// Go's `%q`: in double quotes, with escapes.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        result += "\\x" + hexadecimal(Int(scalar.value), digits: 2)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private struct Directive {
    var alignsLeft = false
    var showsPlus = false
    var fillsWithZeros = false
    var width = 0
    var precision: Int?

    func padded(_ text: String) -> String {
      // Go counts runes.
      let missing = max(0, width - text.unicodeScalars.count)
      if missing == 0 { return text }
      if alignsLeft { return text + String(repeating: " ", count: missing) }
      guard fillsWithZeros else { return String(repeating: " ", count: missing) + text }
      let sign = text.first.map { $0 == "-" || $0 == "+" } ?? false ? text.prefix(1) : ""
      return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
    }
  }

  private static func text(of value: TemplateValue, verb: String, _ directive: Directive) throws(FunctionFailure)
    -> String
  {
    switch (verb, value) {
    case ("s", .string(let text)), ("v", .string(let text)):
      return directive.precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
    case ("v", _): return value.isNull ? "<nil>" : value.printed
    case ("s", .list), ("s", .map): return value.printed
    case ("q", .string(let text)): return quoted(text)
    case ("d", .int(let number)): return (directive.showsPlus && number >= 0 ? "+" : "") + String(number)
    case ("x", .int(let number)): return (number < 0 ? "-" : "") + String(number.magnitude, radix: 16)
    case ("x", .string(let text)): return text.utf8.map { hexadecimal(Int($0), digits: 2) }.joined()
    case ("t", .bool(let truth)): return truth ? "true" : "false"
    case ("f", .double(let number)): return fixed(number, digits: directive.precision ?? 6)
    case ("g", .double): return value.printed
    default: throw FunctionFailure("%\(verb) cannot print \(value.kind)")
    }
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>) throws(FunctionFailure) -> Int? {
    var value: Int?
    while let byte = bytes.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      value = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
      if let value, value > 1000 { throw FunctionFailure("a width or precision over 1000 makes no sense here") }
      bytes = bytes.dropFirst()
    }
    return value
  }

  private static func hexadecimal(_ value: Int, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  private static func fixed(_ number: Double, digits: Int) -> String {
    withVaList([CInt(digits), number]) { arguments in
      var buffer = [CChar](repeating: 0, count: 2048)
      let count = Int(vsnprintf(&buffer, buffer.count, "%.*f", arguments))
      return String(decoding: buffer.prefix(min(count, buffer.count - 1)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
