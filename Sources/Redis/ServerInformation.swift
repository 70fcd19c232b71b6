/// The fields of `INFO` and `CLUSTER INFO`: lines of `name:value` under headings.
package struct ServerInformation: Sendable {
  private let fields: [Substring: Substring]

  package init(_ text: String) {
    fields = Dictionary(
      text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.compactMap { line in
        line.firstIndex(of: ":").map { (line[..<$0], line[line.index(after: $0)...]) }
      }, uniquingKeysWith: { first, _ in first })
  }

  package subscript(_ name: String) -> String? { fields[name[...]].map(String.init) }

  package func integer(_ name: String) -> Int? { fields[name[...]].flatMap { Int($0) } }

  /// `db0:keys=12,expires=0,avg_ttl=0`; absent when there is none.
  var keyCount: Int {
    (self["db0"] ?? "").split(separator: ",").first { $0.hasPrefix("keys=") }
      .flatMap { Int($0.dropFirst("keys=".count)) } ?? 0
  }
}
