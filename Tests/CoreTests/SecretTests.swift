import Core
import Testing

@Suite struct SecretTests {
  @Test func printsAsDotsHoweverItIsPrinted() {
    let secret = Secret("correct horse")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), "\([secret])", "\(Optional(secret) as Any)", dumped] {
      #expect(text.contains("•••"))
      #expect(!text.contains("horse"))
    }
  }

  @Test func noProblemShowsIt() {
    struct ServerSaid: Error { let text: String, password: Secret }
    let secret = Secret.random()
    let value = secret.reveal()
    let own = Problem("a", .failed, "cannot use \(secret)", hint: "not \(secret)", cause: "\(secret)")
    let unexpected = Problem(ServerSaid(text: "bad password \(value)", password: secret))
    for problem in [own, unexpected] {
      var dumped = ""
      dump(problem, to: &dumped)
      for text in [problem.description, "\(problem)", String(reflecting: problem), dumped] {
        #expect(text.contains("•••"))
        #expect(!text.contains(value))
      }
    }
  }

  @Test func masksWhatWasRevealed() {
    let secret = Secret.random()
    #expect(Secret.masking("before") == "before")
    let value = secret.reveal()
    #expect(Secret.masking("a \(value) b \(value)\(value)") == "a ••• b ••••••")
  }

  @Test func longerSecretsAreMaskedBeforeTheirParts() {
    let base = Secret.random().reveal()
    for suffix in 0..<20 { _ = Secret(base + "-tail\(suffix)").reveal() }
    #expect(Secret.masking("x \(base)-tail7 y") == "x ••• y")
  }

  @Test func shortTextsStayReadable() {
    _ = Secret("ab").reveal()
    #expect(Secret.masking("about") == "about")
  }

  @Test func randomOnesHave256BitsAndDiffer() {
    let values = Set((0..<100).map { _ in Secret.random().reveal() })
    #expect(values.count == 100)
    #expect(values.allSatisfy { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) })
  }
}
