import Apps
import ArgumentParser
import Core
import Storage

/// `olares-cli storage grant`.
struct StorageGrant: Verb {
  static let configuration = CommandConfiguration(
    commandName: "grant",
    abstract: "Give an app the directories it needs",
    discussion: """
      What is named replaces what the app had; the second run of the same command changes nothing. Directories that do \
      not exist are created and given to the user and group of --ownership. No symbolic link is followed. Data that an \
      app of the same name left behind is taken over only with --adopt.

      Where this process may not mount, as in most containers, the grant is recorded as advisory: the app then sees \
      all of Home.

      Examples:
        olares-cli storage grant jellyfin/OlaresManifest.yaml --owner alice
        olares-cli storage grant --app jellyfin --owner alice --user-data Home/Movies --user-data Home/Music --app-data
        olares-cli storage grant --app files --owner alice --user-data Home --dry-run
      """)

  @OptionGroup var global: GlobalOptions

  @Argument(
    help: ArgumentHelp("A manifest, or the chart directory it is in, instead of --app", valueName: "manifest"),
    completion: .file(extensions: ["yaml"]))
  var manifest: String?

  @OptionGroup var ownerOption: OwnerOption

  @Option(
    name: .long, help: "The app: metadata.name of its manifest", completion: .custom(Completion.apps),
    transform: AppName.parse)
  var app: AppName?

  @Option(
    name: .long, help: ArgumentHelp("A directory of the owner's: Home, or one below it; repeatable", valueName: "path"),
    transform: UserDataPath.parse)
  var userData: [UserDataPath] = []

  @Flag(name: .long, help: "A directory for the app's data, on the shared file system")
  var appData = false

  @Flag(name: .long, help: "A directory for the app's cache, on the disk of this node")
  var appCache = false

  @Flag(name: .long, help: "The directory that all apps of all owners share")
  var appCommon = false

  @Flag(name: .long, help: "External drives and network shares")
  var externalData = false

  @Option(
    name: .long, help: ArgumentHelp("Whom new directories belong to", valueName: "uid:gid"), transform: Ownership.parse)
  var ownership = Ownership.workload

  @Flag(name: .long, help: "Use directories even if another file system is mounted on them")
  var crossMounts = false

  @Flag(name: .long, help: "Take over data that was left behind in the app's directories")
  var adopt = false

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  func validate() throws {
    let named = terms(GrantTerms())
    if manifest != nil {
      guard app == nil, named.isEmpty else {
        throw ValidationError("a manifest says itself which app it is and what it needs: leave out the other options")
      }
      return
    }
    guard app != nil else { throw ValidationError("name a manifest, or an app with --app") }
    guard !named.isEmpty else {
      throw ValidationError(
        "nothing is asked for: name at least one of --user-data, --app-data, --app-cache, --app-common, --external-data"
      )
    }
  }

  func run(in context: Context) async throws {
    let grants = try context.grants()
    let request = try request(context.console)
    if dryRun {
      let plan = StoragePlanRecord(try grants.plan(request), in: grants.layout)
      return try context.console.render(Rendering(plan, plan.table), as: global.output)
    }
    let outcome = try await grants.apply(request)
    let record = GrantRecord(outcome.grant, in: grants.layout, outcome)
    if let reason = record.advisory { context.console.warn("the grant is advisory only: \(reason)") }
    try context.console.render(record.rendering, as: global.output)
    for path in outcome.adopted { context.console.note("adopted  \(path)") }
    for path in outcome.kept { context.console.note("kept     \(path)") }
    context.console.note(outcome.changed ? "Granted." : "Nothing to do: \(request.instance) has this already.")
  }

  private func request(_ console: Console) throws -> GrantRequest {
    if let app {
      return GrantRequest(AppInstance(app: app, owner: ownerOption.owner), terms(GrantTerms()), adopting: adopt)
    }
    let asked = try ManifestReading(path: manifest ?? "", owner: ownerOption.owner).request(console)
    return GrantRequest(asked.instance, terms(asked.storage), adopting: adopt)
  }

  /// `asked` and what the options name.
  private func terms(_ asked: GrantTerms) -> GrantTerms {
    GrantTerms(
      userData: asked.userData + userData, appData: asked.appData || appData, appCache: asked.appCache || appCache,
      appCommon: asked.appCommon || appCommon, externalData: asked.externalData || externalData, shape: asked.shape,
      ownership: ownership, crossesMounts: crossMounts)
  }
}

extension UserDataPath {
  static func parse(_ argument: String) throws -> UserDataPath {
    do { return try UserDataPath(argument) } catch { throw ValidationError(error.asUsage) }
  }
}

extension Ownership {
  static func parse(_ argument: String) throws -> Ownership {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let user = UInt32(parts[0]), let group = UInt32(parts[1]), user < .max, group < .max else {
      throw ValidationError("\"\(argument.shortened(to: 40))\" is not a user and a group by number, such as 1000:1000")
    }
    return Ownership(userID: user, groupID: group)
  }
}
