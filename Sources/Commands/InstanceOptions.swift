import ArgumentParser
import Core

/// Whose app it is about.
struct OwnerOption: ParsableArguments, Sendable {
  @Option(
    help: ArgumentHelp("The owner: an Olares user", valueName: "owner"), completion: .custom(Completion.owners),
    transform: Owner.parse)
  var owner: Owner
}

/// Which app of which owner, for verbs that are about apps.
struct InstanceArgument: ParsableArguments, Sendable {
  @Argument(
    help: "The app: metadata.name of its manifest", completion: .custom(Completion.apps), transform: AppName.parse)
  var app: AppName

  @OptionGroup var ownerOption: OwnerOption

  var instance: AppInstance { AppInstance(app: app, owner: ownerOption.owner) }
}

/// Which owner and app a list or report is about; by default all.
struct InstanceFilter: ParsableArguments, Sendable {
  @Option(
    help: ArgumentHelp("Only what this owner's apps have", valueName: "owner"), completion: .custom(Completion.owners),
    transform: Owner.parse)
  var owner: Owner?

  @Option(
    help: ArgumentHelp("Only what this app has", valueName: "app"), completion: .custom(Completion.apps),
    transform: AppName.parse)
  var app: AppName?

  func includes(_ instance: AppInstance) -> Bool {
    (owner.map { $0 == instance.owner } ?? true) && (app.map { $0 == instance.app } ?? true)
  }
}

/// Which app of which owner, for verbs that are about something an app has.
struct InstanceOptions: ParsableArguments, Sendable {
  @Option(
    help: ArgumentHelp("The app: metadata.name of its manifest", valueName: "app"),
    completion: .custom(Completion.apps), transform: AppName.parse)
  var app: AppName

  @OptionGroup var ownerOption: OwnerOption

  var owner: Owner { ownerOption.owner }
  var instance: AppInstance { AppInstance(app: app, owner: owner) }
}
