package import Core

extension PostgreSQLEndpoint {
  /// Reads `postgres://user@host:port/database?sslmode=…` (PostgreSQL manual, 34.1.1.2).
  ///
  /// - Parameter password: comes from elsewhere, because everybody can read a command line.
  /// - Throws: `Problem` `bad-postgres-url` (usage), also where the URL holds a password.
  package init(url: String, password: Secret?) throws(Problem) {
    guard let scheme = ["postgres://", "postgresql://"].first(where: url.hasPrefix) else {
      throw Self.badURL("it must start with postgres://")
    }
    let (location, query) = url.dropFirst(scheme.count).splitOnce(at: "?")
    let (authority, path) = location.splitOnce(at: "/")
    guard let at = authority.lastIndex(of: "@") else { throw Self.badURL("it names no user") }
    let login = authority[..<at]
    guard !login.contains(":") else {
      throw Problem(
        "bad-postgres-url", .usage, "the PostgreSQL URL must not hold a password, since others can read it there",
        hint: "leave it out of the URL and put it into a file: --postgres-password-file FILE, or into the environment: "
          + "OLARES_POSTGRES_PASSWORD")
    }
    let (host, port) = try Self.hostAndPort(authority[authority.index(after: at)...])
    let database = try Self.decoded(path ?? "")
    try self.init(
      host: host, port: port, user: Self.decoded(login), password: password,
      database: database.isEmpty ? "postgres" : database)
    guard !user.isEmpty else { throw Self.badURL("it names no user") }
    for option in (query ?? "").split(separator: "&") {
      let (name, value) = option.splitOnce(at: "=")
      switch try (Self.decoded(name), Self.decoded(value ?? "")) {
      case ("sslmode", let text):
        guard let mode = SSLMode(rawValue: text) else { throw Self.badURL("its sslmode is unknown") }
        sslMode = mode
      case ("sslrootcert", let file):
        guard file.hasPrefix("/") else { throw Self.badURL("its sslrootcert is not an absolute path") }
        rootCertificate = file
      case (let other, _):
        throw Self.badURL("\"\(other.shortened(to: 40))\" is not understood; sslmode and sslrootcert are")
      }
    }
  }

  private static func hostAndPort(_ text: Substring) throws(Problem) -> (String, UInt16) {
    var host = text
    var portText: Substring?
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { throw badURL("its host is malformed") }
      portText = rest.isEmpty ? nil : rest.dropFirst()
    } else {
      (host, portText) = text.splitOnce(at: ":")
    }
    let name = try decoded(host)
    guard !name.isEmpty, !name.contains(",") else { throw badURL("it must name one host") }
    guard let portText else { return (name, 5432) }
    guard let port = UInt16(portText), port > 0 else { throw badURL("its port is not 1 to 65535") }
    return (name, port)
  }

  /// Percent-decoding (RFC 3986, 2.1).
  private static func decoded(_ text: Substring) throws(Problem) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), value != 0 else {
        throw badURL("it has a malformed % escape")
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func badURL(_ reason: String) -> Problem {
    Problem(
      "bad-postgres-url", .usage, "the PostgreSQL URL is not understood: \(reason)",
      hint: "for example postgres://postgres@127.0.0.1:5432/postgres?sslmode=prefer")
  }
}

extension Substring {
  /// What is before the first `mark`, and what is after it; nil after it where there is no mark.
  fileprivate func splitOnce(at mark: Character) -> (Substring, Substring?) {
    guard let index = firstIndex(of: mark) else { return (self, nil) }
    return (self[..<index], self[self.index(after: index)...])
  }
}
