package import Core

/// Text, lists and maps whose keys keep their order, for whoever writes them as YAML or JSON.
package indirect enum OrderedDocument: Sendable, Hashable {
  case text(String)
  case list([OrderedDocument])
  case map([Entry])

  package struct Entry: Sendable, Hashable {
    package let key: String
    package let value: OrderedDocument
  }
}

extension OrderedDocument: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
  package init(stringLiteral text: String) { self = .text(text) }
  package init(arrayLiteral elements: OrderedDocument...) { self = .list(elements) }
  package init(dictionaryLiteral elements: (String, OrderedDocument)...) {
    self = .map(elements.map { Entry(key: $0, value: $1) })
  }
}

/// Kubernetes objects through which a workload mounts what it is granted.
package enum PersistentVolumes {
  /// A hostPath PersistentVolume and its claim for each directory of `binding`. Deleting the claim keeps the data
  /// (`Retain`), and a path that is missing is an error to Kubernetes rather than a new empty directory.
  package static func documents(of binding: StorageBinding, for instance: AppInstance) -> [OrderedDocument] {
    let directories = [
      ("userdata", binding.userspace.userData), ("appdata", binding.userspace.appData),
      ("appcache", binding.userspace.appCache), ("appcommon", binding.userspace.appCommon),
      ("sharedlib", binding.sharedlib),
    ]
    return directories.flatMap { kind, path in
      path.map { [volume(kind, path: $0, of: instance), claim(kind, of: instance)] } ?? []
    }
  }

  private static func volume(_ kind: String, path: String, of instance: AppInstance) -> OrderedDocument {
    [
      "apiVersion": "v1",
      "kind": "PersistentVolume",
      "metadata": ["name": .text(volumeName(kind, of: instance)), "labels": labels(of: instance)],
      "spec": [
        "capacity": ["storage": capacity],
        "accessModes": ["ReadWriteMany"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "",
        "claimRef": ["namespace": .text(instance.namespace), "name": .text(kind)],
        "hostPath": ["path": .text(path), "type": "Directory"],
      ],
    ]
  }

  private static func claim(_ kind: String, of instance: AppInstance) -> OrderedDocument {
    [
      "apiVersion": "v1",
      "kind": "PersistentVolumeClaim",
      "metadata": ["name": .text(kind), "namespace": .text(instance.namespace), "labels": labels(of: instance)],
      "spec": [
        "accessModes": ["ReadWriteMany"],
        "resources": ["requests": ["storage": capacity]],
        "storageClassName": "",
        "volumeName": .text(volumeName(kind, of: instance)),
      ],
    ]
  }

  private static func volumeName(_ kind: String, of instance: AppInstance) -> String {
    "pv-\(kind)-\(instance.namespace)"
  }

  private static func labels(of instance: AppInstance) -> OrderedDocument {
    ["app.kubernetes.io/name": .text(instance.app.name), "app.kubernetes.io/managed-by": "olares-cli"]
  }

  /// Kubernetes asks for a size but does not enforce it on a hostPath; this is the one Olares writes.
  private static let capacity: OrderedDocument = "50Gi"
}
