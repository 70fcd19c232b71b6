import Core
import Testing

@testable import PostgreSQL

@Suite struct EndpointURL {
  @Test func allPartsAreRead() throws {
    let endpoint = try PostgreSQLEndpoint(
      url: "postgresql://ad%40min@db.example:6432/main?sslmode=verify-full&sslrootcert=%2Fca.pem", password: nil)
    #expect(endpoint.user == "ad@min")
    #expect(endpoint.host == "db.example")
    #expect(endpoint.port == 6432)
    #expect(endpoint.database == "main")
    #expect(endpoint.sslMode == .verifyFull)
    #expect(endpoint.rootCertificate == "/ca.pem")
  }

  @Test func absentPartsHaveDefaults() throws {
    let endpoint = try PostgreSQLEndpoint(url: "postgres://postgres@[::1]", password: Secret("hunter22"))
    #expect(endpoint.description == "[::1]:5432")
    #expect(endpoint.database == "postgres")
    #expect(endpoint.sslMode == .prefer)
  }

  @Test func passwordInTheURLIsRefusedAndNotRepeated() {
    let problem = #expect(throws: Problem.self) {
      try PostgreSQLEndpoint(url: "postgres://postgres:hunter22@127.0.0.1/", password: nil)
    }
    #expect(problem?.exitStatus == .usage)
    #expect(problem?.description.contains("hunter22") == false)
  }

  @Test(arguments: [
    "http://a@b", "postgres://host", "postgres://@host", "postgres://a@", "postgres://a@h:0", "postgres://a@h:70000",
    "postgres://a@h:x", "postgres://a@h/d?sslmode=maybe", "postgres://a@h/d?options=-c", "postgres://a%zz@h",
    "postgres://a%00@h", "postgres://a@h1,h2/d", "postgres://a@[::1]x",
  ])
  func otherTextsAreRefused(url: String) {
    let problem = #expect(throws: Problem.self) { try PostgreSQLEndpoint(url: url, password: nil) }
    #expect(problem?.code == "bad-postgres-url")
  }
}
