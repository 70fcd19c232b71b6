import ArgumentParser
import Core

/// Whose app it is about.
struct OwnerOption: ParsableArguments, Sendable {
  @Option(
    help: ArgumentHelp("The owner: an Olares user", valueName: "owner"), completion: .custom(Completion.owners),
    transform: Owner.parse)
  var owner: Owner
}

/// Which app of which owner.
struct InstanceOptions: ParsableArguments, Sendable {
  @Option(
    help: ArgumentHelp("The app: metadata.name of its manifest", valueName: "app"),
    completion: .custom(Completion.apps), transform: AppName.parse)
  var app: AppName

  @OptionGroup var ownerOption: OwnerOption

  var owner: Owner { ownerOption.owner }
  var instance: AppInstance { AppInstance(app: app, owner: owner) }
}
