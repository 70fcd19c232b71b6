import ArgumentParser
import Core

/// The options of Olares' own `prepare` that mean nothing here, so that existing scripts go on working. Each one that
/// is used is answered by a line that says so.
struct OlaresPrepareOptions: ParsableArguments, Sendable {
  @Option(name: .customShort("v"), help: "Olares' version: no effect")
  var olaresVersion: String?

  @Option(name: [.customShort("r"), .long], help: "Container registries: no effect, no containers are used")
  var registryMirrors: String?

  @Option(name: [.customLong("kube-type"), .customLong("kube")], help: "k3s or k8s: no effect, no cluster is set up")
  var kubeType: String?

  @Option(
    name: [.customShort("p"), .customLong("minikube-profile"), .customLong("profile")],
    help: "Minikube's profile: no effect")
  var minikubeProfile: String?

  @Option(name: [.customLong("storage-type"), .customLong("storage")], help: "JuiceFS' object store: no effect yet")
  var storageType: String?

  @Option(name: .customLong("s3-bucket"), help: "JuiceFS' bucket: no effect yet")
  var s3Bucket: String?

  @Option(help: "Olares' cloud backups: no effect")
  var backupKeyPrefix: String?

  @Option(help: "Olares' cloud backups: no effect")
  var backupClusterBucket: String?

  @Option(help: "Olares' cloud: no effect")
  var clusterID: String?

  @Option(help: "Olares' cloud: no effect")
  var isCloudVersion: String?

  @Option(name: [.customLong("cdn-service"), .customLong("download-cdn-url")], help: "Olares' downloads: no effect")
  var cdnService: String?

  @Option(help: "Olares' installation manifest: no effect")
  var manifest: String?

  @Option(name: .customLong("aws-access-key-id-setup"), help: "JuiceFS' object store: no effect yet")
  var awsAccessKeyID: String?

  @Option(name: .customLong("aws-secret-access-key-setup"), help: .hidden)
  var awsSecretAccessKey: String?

  @Option(name: .customLong("aws-session-token-setup"), help: .hidden)
  var awsSessionToken: String?

  @Option(name: .customLong("backup-secret"), help: .hidden)
  var backupSecret: String?
}

extension OlaresPrepareOptions {
  /// A line for each option that was used.
  func notes(environment: [String: String]) -> [String] {
    let withoutEffect: [(String, String?, String)] = [
      ("-v", olaresVersion, "this sets up the data layer, not a version of Olares"),
      ("--registry-mirrors", registryMirrors, "no container images are pulled"),
      ("--kube-type", kubeType, "no Kubernetes is set up"),
      ("--minikube-profile", minikubeProfile, "no Kubernetes is set up"),
      ("--storage-type", storageType, "there is no JuiceFS yet"),
      ("--s3-bucket", s3Bucket, "there is no JuiceFS yet"),
      ("--aws-access-key-id-setup", awsAccessKeyID, "there is no JuiceFS yet"),
      ("--backup-key-prefix", backupKeyPrefix, "backups have plans of their own"),
      ("--backup-cluster-bucket", backupClusterBucket, "backups have plans of their own"),
      ("--cluster-id", clusterID, "there is no Olares cloud here"),
      ("--is-cloud-version", isCloudVersion, "there is no Olares cloud here"),
      ("--cdn-service", cdnService, "packages come from apt"),
      ("--manifest", manifest, "packages come from apt"),
    ]
    let secrets: [(String, String?)] = [
      ("--aws-secret-access-key-setup", awsSecretAccessKey), ("--aws-session-token-setup", awsSessionToken),
      ("--backup-secret", backupSecret),
    ]
    return withoutEffect.filter { $0.1 != nil }.map { "\($0.0) has no effect: \($0.2)" }
      + secrets.filter { $0.1 != nil }.map {
        "\($0.0) has no effect, and every user of this machine can read it in the process list: take it off the "
          + "command line"
      }
  }
}
