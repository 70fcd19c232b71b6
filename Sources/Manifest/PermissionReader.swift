import Core
import YAML

/// Reads `permission`.
struct PermissionReader {
  let root: SectionReader
  let findings: Findings

  func permission() -> Permission {
    guard let section = root.section("permission") else { return Permission() }
    var permission = Permission()
    permission.appData = section.setFlag("appData")
    permission.appCache = section.setFlag("appCache")
    permission.appCommon = section.setFlag("appCommon")
    permission.externalData = section.setFlag("externalData")
    permission.userData = section.texts("userData").compactMap { path($0) }
    permission.providers = section.sections("provider").compactMap { section in
      guard let app = section.requiredText("appName") else { return nil }
      return Permission.Provider(app: app, name: section.text("providerName")?.value)
    }
    permission.systemData = section.sections("sysData").compactMap { $0.text("dataType") }
    return permission
  }

  private func path(_ text: Located<String>) -> Located<UserDataPath>? {
    if text.value.allSatisfy({ $0 == " " }) { return nil }
    do throws(UserDataPath.Invalid) {
      return Located(try UserDataPath(text.value), at: text.place)
    } catch {
      findings.error(
        text.place, "permission.userData cannot grant \"\(text.value.shortened(to: 80))\": \(error.reason)",
        hint: "name a directory such as Home or Home/Documents")
      return nil
    }
  }
}
