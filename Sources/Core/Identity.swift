/// An Olares user: the name of a DNS label (RFC 1123).
package struct Owner: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let name: String

  /// - Throws: `Problem` `bad-owner` (usage) if the name is not 1–63 of `a-z 0-9 -`, or starts or ends with `-`.
  package init(_ name: String) throws(Problem) {
    guard (1...63).contains(name.utf8.count), name.utf8.allSatisfy({ $0.isLowercaseLabel || $0 == UInt8(ascii: "-") }),
      !name.hasPrefix("-"), !name.hasSuffix("-")
    else {
      throw Problem(
        "bad-owner", .usage, "\"\(name.shortened(to: 80))\" is not an owner's name",
        hint: "an owner is an Olares user: 1 to 63 lower-case letters, digits and hyphens, such as alice")
    }
    self.name = name
  }

  /// Olares itself creates users of 8 to 24 characters (CLI `user create`); others work here but not there.
  package var isUsualInOlares: Bool { (8...24).contains(name.utf8.count) }

  package var description: String { name }
  package static func < (left: Owner, right: Owner) -> Bool { left.name < right.name }
}

/// The `metadata.name` of an app.
package struct AppName: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let name: String

  /// - Throws: `Problem` `bad-app-name` (usage) if the name is not 1–30 of `a-z 0-9`.
  package init(_ name: String) throws(Problem) {
    guard (1...30).contains(name.utf8.count), name.utf8.allSatisfy(\.isLowercaseLabel) else {
      throw Problem(
        "bad-app-name", .usage, "\"\(name.shortened(to: 80))\" is not an app's name",
        hint: "an app is named by its manifest's metadata.name: 1 to 30 lower-case letters and digits, such as miniflux"
      )
    }
    self.name = name
  }

  package var description: String { name }
  package static func < (left: AppName, right: AppName) -> Bool { left.name < right.name }
}

/// One app of one owner: what every grant, role and namespace belongs to.
package struct AppInstance: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let app: AppName
  package let owner: Owner

  package init(app: AppName, owner: Owner) {
    self.app = app
    self.owner = owner
  }

  /// The Kubernetes namespace Olares runs it in: `<app>-<owner>`. Unambiguous, since an app's name has no hyphen.
  package var namespace: String { "\(app)-\(owner)" }

  package var description: String { "\(app) of \(owner)" }
  package static func < (left: AppInstance, right: AppInstance) -> Bool {
    (left.owner, left.app) < (right.owner, right.app)
  }
}

extension UInt8 {
  fileprivate var isLowercaseLabel: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
  }
}

extension String {
  /// At most `limit` scalars, with `…` where it was cut, and nothing that moves a terminal's cursor.
  ///
  /// Scalars and not characters, since one character can be made of a million of them.
  package func shortened(to limit: Int) -> String {
    let kept = unicodeScalars.prefix(limit)
    let shown = String(String(kept).map { $0.isPrintable ? $0 : "\u{fffd}" })
    return kept.endIndex < unicodeScalars.endIndex ? shown + "…" : shown
  }
}
