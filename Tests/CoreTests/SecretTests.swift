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
