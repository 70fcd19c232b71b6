import Core
import YAML

/// What `metadata` says about the app to people.
struct Presentation {
  let title: String?
  let description: String?
  let categories: [String]

  init(_ section: SectionReader, findings: Findings) {
    let title = section.requiredText("title")
    if let title, title.value.unicodeScalars.count > 30 {
      findings.warning(title.place, "metadata.title is longer than 30 characters; Olares cuts or refuses it")
    }
    self.title = title?.value
    description = section.requiredText("description")?.value
    if let icon = section.requiredText("icon") { section.checkAddress(icon, "icon") }
    categories = section.texts("categories").map { category in
      if !Self.knownCategories.contains(category.value) {
        let hint = Spelling.nearest(to: category.value, among: Self.knownCategories).map { "did you mean \($0)?" }
        findings.warning(
          category.place, "metadata.categories: Olares has no category \"\(category.value.shortened(to: 40))\"",
          hint: hint)
      }
      return category.value
    }
    for key in ["categories_v2", "tags"] {
      var seen: Set<String> = []
      for word in section.texts(key) {
        let shown = word.value.shortened(to: 40)
        if !word.value.isLabel {
          findings.error(
            word.place, "\(section.name(key)) holds \"\(shown)\"",
            hint: "write lower-case letters and digits, with single hyphens between them")
        } else if !seen.insert(word.value).inserted {
          findings.error(word.place, "\(section.name(key)) has \"\(shown)\" twice")
        }
      }
    }
  }

  /// Of Olares 1.11, of 1.12, and of its market's own check.
  private static let knownCategories = [
    "AI", "Blockchain", "Creativity", "Data", "Developer", "Developer Tools", "Entertainment", "Fun", "Lifestyle",
    "Multimedia", "Productivity", "Productivity_v112", "Social Network", "Utilities", "Utilities_v112",
  ]
}

extension String {
  /// `[a-z0-9]+(-[a-z0-9]+)*`
  fileprivate var isLabel: Bool {
    utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part.allSatisfy { $0.isLowercaseLetter || $0.isDigit }
    }
  }
}
