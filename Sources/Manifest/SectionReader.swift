import Core
import YAML

/// Reads the keys of one mapping of a manifest, reporting instead of throwing, so that all findings come at once.
///
/// A key with `null` is absent. As in Olares (Go's JSON), a key in another case is the same key.
struct SectionReader {
  let path: String
  /// Where the section begins: its key, or the item of a list.
  let place: Place
  let findings: Findings
  private let mapping: Mapping
  private let aliases: [String: String]

  init(_ mapping: Mapping, path: String, place: Place, findings: Findings) {
    self.mapping = mapping
    self.path = path
    self.place = place
    self.findings = findings
    let known = ManifestSchema.keys(of: path)
    var aliases: [String: String] = [:]
    for entry in mapping.entries where !known.contains(entry.name) {
      if let meant = ManifestSchema.key(spelled: entry.name, in: path), mapping[meant] == nil {
        aliases[meant] = entry.name
        findings.warning(entry.key.place, "\"\(entry.name)\" is usually written \"\(meant)\"")
      } else {
        Self.reportUnknown(entry, path: path, known: known, findings: findings)
      }
    }
    self.aliases = aliases
  }

  func node(_ key: String) -> Node? { entry(key)?.value }

  func entry(_ key: String) -> Mapping.Entry? {
    guard let entry = mapping.entry(key) ?? aliases[key].flatMap({ mapping.entry($0) }), !entry.value.isNull else {
      return nil
    }
    return entry
  }

  /// Text; a number or truth value becomes text as it does in Olares.
  func text(_ key: String) -> Located<String>? {
    guard let node = node(key), let text = text(of: node, named: name(key)) else { return nil }
    return Located(text, at: node.place)
  }

  /// Text that is there and not empty.
  func requiredText(_ key: String, hint: String? = nil) -> Located<String>? {
    if let entry = entry(key) {
      guard let text = text(key) else { return nil }
      if !text.value.isEmpty { return text }
      findings.error(entry.key.place, "\(name(key)) is empty", hint: hint)
    } else {
      findings.error(place, "\(name(key)) is missing", hint: hint)
    }
    return nil
  }

  func flag(_ key: String) -> Bool { node(key).flatMap { flag($0, named: name(key)) } ?? false }

  /// Where a flag is set to true.
  func setFlag(_ key: String) -> Place? {
    guard let entry = entry(key), flag(entry.value, named: name(key)) == true else { return nil }
    return entry.key.place
  }

  func int(_ key: String) -> Located<Int>? {
    guard let node = node(key) else { return nil }
    do {
      return Located(try node.int(), at: node.place)
    } catch {
      findings.error(node.place, "\(name(key)): \(error.message)")
      return nil
    }
  }

  func texts(_ key: String) -> [Located<String>] {
    items(key).compactMap { node in
      text(of: node, named: name(key)).map { Located($0, at: node.place) }
    }
  }

  func section(_ key: String) -> SectionReader? {
    guard let entry = entry(key) else { return nil }
    guard case .mapping(let mapping) = entry.value.content else {
      findings.error(
        entry.value.place, "\(name(key)): expected a mapping of keys to values, found \(entry.value.summary)")
      return nil
    }
    return SectionReader(mapping, path: name(key), place: entry.key.place, findings: findings)
  }

  func sections(_ key: String) -> [SectionReader] {
    items(key).compactMap { node in
      guard case .mapping(let mapping) = node.content else {
        findings.error(node.place, "\(name(key)): expected a mapping of keys to values, found \(node.summary)")
        return nil
      }
      return SectionReader(mapping, path: name(key), place: node.place, findings: findings)
    }
  }

  /// One of a fixed set of words; the empty text is absent.
  func word(_ key: String, among words: [String]) -> Located<String>? {
    guard let text = text(key), !text.value.isEmpty else { return nil }
    if words.contains(text.value) { return text }
    let hint = Spelling.nearest(to: text.value, among: Array(words)).map { "did you mean \($0)?" }
    findings.error(
      text.place,
      "\(name(key)) is \"\(text.value.shortened(to: 40))\"; it must be one of \(words.joined(separator: ", "))",
      hint: hint)
    return nil
  }

  /// A TCP or UDP port, which has to be there.
  func port(_ key: String) -> Int? {
    guard let port = int(key) else {
      if entry(key) == nil { findings.error(place, "\(name(key)) is missing") }
      return nil
    }
    guard (1...65535).contains(port.value) else {
      findings.error(port.place, "\(name(key)) is \(port.value); ports are 1 to 65535")
      return nil
    }
    return port.value
  }

  func checkAddress(_ text: Located<String>, _ key: String) {
    let address = text.value
    let rest =
      address.hasPrefix("https://") ? address.dropFirst(8) : address.hasPrefix("http://") ? address.dropFirst(7) : ""
    if rest.isEmpty || rest.first == "/" {
      findings.error(
        text.place, "\(name(key)) is not a web address", hint: "it begins with https:// and names a host")
    }
  }

  func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func items(_ key: String) -> [Node] {
    guard let node = node(key) else { return [] }
    guard case .sequence(let nodes) = node.content else {
      findings.error(node.place, "\(name(key)): expected a list, found \(node.summary)")
      return []
    }
    return nodes.filter { !$0.isNull }
  }

  private func text(of node: Node, named name: String) -> String? {
    guard case .scalar(let scalar) = node.content else {
      findings.error(node.place, "\(name): expected text, found \(node.summary)")
      return nil
    }
    return scalar.value.text
  }

  private func flag(_ node: Node, named name: String) -> Bool? {
    do {
      return try node.bool()
    } catch {
      findings.error(node.place, "\(name): \(error.message)")
      return nil
    }
  }

  private static func reportUnknown(_ entry: Mapping.Entry, path: String, known: Set<String>, findings: Findings) {
    // Guessing what was meant takes longer than all the rest of reading a key.
    guard findings.hasRoom(for: .warning) else { return }
    let shown = entry.name.shortened(to: 60)
    let place = path.isEmpty ? "at the top level" : "under \(path)"
    var meant = Spelling.nearest(to: entry.name, among: Array(known))
    if meant == nil, let section = ManifestSchema.sections(knowing: entry.name).first {
      meant = section.isEmpty ? "\(entry.name) at the top level" : "\(section).\(entry.name)"
    }
    findings.warning(
      entry.key.place, "unknown key \"\(shown)\" \(place)" + (meant.map { " (did you mean \($0)?)" } ?? ""))
  }
}
