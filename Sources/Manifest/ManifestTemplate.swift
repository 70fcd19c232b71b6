import Core
import YAML

/// Renders manifests below 0.12.0 as Olares does.
enum ManifestTemplate {
  static func hasActions(_ bytes: [UInt8]) -> Bool {
    var index = bytes.startIndex
    while let brace = bytes[index...].firstIndex(of: UInt8(ascii: "{")) {
      index = brace + 1
      if index < bytes.endIndex, bytes[index] == UInt8(ascii: "{") { return true }
    }
    return false
  }

  /// The text that the manifest is for `owner`, with the way back to the template.
  static func render(_ bytes: [UInt8], file: String, owner: Owner, admin: Owner) throws(Problem) -> SourceText {
    guard hasActions(bytes) else { return SourceText(file: file, bytes: bytes) }
    do throws(TemplateError) {
      let (output, map) = try TemplateRenderer.render(bytes, with: values(owner: owner, admin: admin))
      return SourceText(file: file, bytes: output, map: map)
    } catch {
      let place = SourceText(file: file, bytes: bytes).location(atOffset: error.offset)
      throw Problem("bad-template", .badData, error.message, at: place)
    }
  }

  /// All that a manifest can read in Olares.
  private static func values(owner: Owner, admin: Owner) -> TemplateValue {
    .map([
      "Values": .map([
        "admin": .string(admin.name),
        "bfl": .map(["username": .string(owner.name)]),
        "isAdmin": .bool(owner == admin),
      ]),
      "Release": .map(["Name": .string("chart"), "Namespace": .string("default"), "Service": .string("Helm")]),
      "Chart": .map(["Name": .string("chart"), "Version": .string("0.0.1")]),
    ])
  }
}
