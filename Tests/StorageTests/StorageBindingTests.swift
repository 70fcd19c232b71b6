import Core
import FoundationEssentials
import Storage
import SystemPackage
import TestServers
import Testing

/// What charts read, as Olares' own launcher and app service inject it.
@Suite struct StorageBindingTests {
  private func binding(_ terms: GrantTerms) async throws -> (StorageBinding, AppInstance, FilePath) {
    try await Scratch.with { scratch in
      let layout = Layout(root: scratch.path.appending("olares"), ownership: .current)
      _ = try layout.createTree()
      let instance = AppInstance(app: try AppName("comfyui"), owner: try Owner("al-ice"))
      let outcome = try await Grants(layout: layout).apply(GrantRequest(instance, terms))
      return (StorageBinding(outcome.grant, in: layout), instance, layout.root)
    }
  }

  @Test func hasTheValuesOfCharts() async throws {
    let (binding, _, root) = try await binding(
      GrantTerms(appData: true, appCache: true, appCommon: true, externalData: true, ownership: .current))
    #expect(binding.userspace.userData == nil)
    let data = FilePath(try #require(binding.userspace.appData))
    #expect(data.starts(with: root.appending("rootfs/userspace")) && data.ends(with: "Data/comfyui"))
    let cache = FilePath(try #require(binding.userspace.appCache))
    #expect(cache.starts(with: root.appending("userdata/Cache")) && cache.lastComponent == "comfyui")
    // Neither has the app's name: all apps of all owners share them.
    #expect(binding.userspace.appCommon == root.appending("rootfs/Common").string)
    #expect(binding.sharedlib == root.appending("share").string)
    let values = String(decoding: try JSONEncoder().encode(binding), as: UTF8.self)
    for key in ["\"userspace\"", "\"appData\"", "\"appCache\"", "\"appCommon\"", "\"sharedlib\""] {
      #expect(values.contains(key))
    }
    #expect(!values.contains("\"userData\""))
  }

  @Test func hasAVolumeAndAClaimForEachDirectory() async throws {
    let (binding, instance, _) = try await binding(
      GrantTerms(appData: true, appCommon: true, externalData: true, ownership: .current))
    let documents = PersistentVolumes.documents(of: binding, for: instance)
    #expect(documents.count == 6)
    for (kind, path) in [
      ("appdata", binding.userspace.appData), ("appcommon", binding.userspace.appCommon),
      ("sharedlib", binding.sharedlib),
    ] {
      let volume = try #require(documents.first { $0["metadata"]?["name"] == .text("pv-\(kind)-comfyui-al-ice") })
      #expect(volume["spec"]?["hostPath"] == ["path": .text(try #require(path)), "type": "Directory"])
      #expect(volume["spec"]?["persistentVolumeReclaimPolicy"] == "Retain")
      #expect(volume["spec"]?["claimRef"] == ["namespace": "comfyui-al-ice", "name": .text(kind)])
      let claim = try #require(documents.first { $0["spec"]?["volumeName"] == .text("pv-\(kind)-comfyui-al-ice") })
      #expect(claim["metadata"]?["namespace"] == "comfyui-al-ice")
      #expect(claim["metadata"]?["name"] == .text(kind))
      #expect(claim["spec"]?["storageClassName"] == "")
    }
  }
}

extension OrderedDocument {
  fileprivate subscript(key: String) -> OrderedDocument? {
    guard case .map(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }
}
